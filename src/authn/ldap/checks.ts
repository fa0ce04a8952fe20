import type { InstanceCheck } from '#app/authenticator.ts'
import type { Directories } from '#app/directory.ts'
import { introduce } from './prove.ts'
import type { LdapSettings } from './settings.ts'

/** A name that nobody has: what it finds does not matter, only that the directory can be asked. */
const NOBODY = 'strongroom-status-check'

/**
 * What must hold for an instance to recognise anybody, each for itself. `settings` throws `unauthorized` when what is set of it does not fit
 * together.
 */
export const checksOf = (
  directories: Directories,
  settings: () => LdapSettings,
): readonly InstanceCheck[] => [
  {
    name: 'directory settings',
    hint: 'set ldap-authn/uri and ldap-authn/base_dn as annotations of the webservice, bind-password where there is a bind_dn, and a filter template with %s',
    run: () => void settings(),
  },
  {
    name: 'directory',
    hint: 'make sure that the server can reach the directory and that tls-ca-cert fits; the audit trail has the reason',
    run: () => directories.visit(settings().place, async () => {}),
  },
  {
    name: 'bind',
    hint: 'set ldap-authn/bind_dn to the name of an account of the directory, and bind-password to its password',
    run: () => directories.visit(settings().place, (directory) => introduce(directory, settings())),
  },
  {
    name: 'search',
    hint: 'set ldap-authn/base_dn to a name below which bind_dn may search',
    run: () =>
      directories.visit(settings().place, async (directory) => {
        const { base, filter } = settings()
        await introduce(directory, settings())
        await directory.find({ base, filter: filter.of(NOBODY), attributes: ['1.1'] })
      }),
  },
]
