import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof } from '#app/authenticator.ts'
import { declaredValues } from '#app/instance-settings.ts'
import { judge } from '#domain/attestation.ts'
import { trustedPath } from './path.ts'
import { quoted } from '#lib/failure.ts'
import { attributesIn } from './attributes.ts'
import { checksOf } from './checks.ts'
import { demandedBy, mustTell } from './demands.ts'
import { hostModeOf, roleOf } from './identity.ts'
import { namesIn } from './names.ts'
import { refused } from './refusal.ts'
import { createListFinder, mustNotBeRevoked, type ListParts } from './revocation.ts'
import { readSettings, type Declared } from './settings.ts'

const TYPE = 'authn-cert'

/** What authn-cert stands on. */
export type CertAuthenticatorParts = ListParts

type Named = Required<Pick<Proof, 'account' | 'service'>>

/**
 * Recognises whoever has the key of an X.509 certificate that an authority of the instance vouches for: a machine of a company's own
 * authority, a workload with an SVID of SPIFFE (reference/conjur-api.md 6.11). That it has the key, TLS has proved; everything else is checked here
 * at every login. docs/authenticators/authn-cert.md tells how, docs/compatibility.md in what it is stricter than the reference.
 */
export function certAuthenticator(parts: CertAuthenticatorParts): Authenticator {
  const { now } = parts
  const settings = settingsOfType(TYPE)
  const findLists = createListFinder(parts)
  const declaredBy = (instance: Named, configuration: AuthenticatorSettings): Declared =>
    declaredValues({ settings }, { ...instance, type: TYPE }, configuration)
  return {
    type: TYPE,
    settings,
    provenBy: 'certificates',
    namedBy: (configuration) =>
      (configuration.get('host-mode')?.trim() ?? 'request') === 'request' ? 'request' : 'proof',
    checks: (instance, configuration) =>
      checksOf({ findLists, now }, () => {
        const { account, service } = mustHaveService(instance)
        return { account, service, declared: declaredBy({ account, service }, configuration) }
      }),
    conditions(instance, configuration, role) {
      const named = mustHaveService(instance)
      const mode = hostModeOf(declaredBy(named, configuration))
      const demanded = demandedBy(role, named.service)
      // Otherwise the certificate itself says which host it is.
      if (mode.kind === 'request') mustTell([...demanded, ...role.stated])
      return demanded
    },
    async recognise(proof, configuration) {
      const { account, service } = mustHaveService(proof)
      const rules = readSettings(declaredBy({ account, service }, configuration))
      const path = await trustedPath(proof.certificates ?? [], rules.authorities, now())
      const { lists: source, authorities } = rules
      if (source !== undefined) {
        const lists = await findLists({ account, service, source, authorities })
        mustNotBeRevoked(path, lists, now())
      }
      const names = await namesIn(path[0])
      const attributes = attributesIn(path, names)
      mustMeet(rules.conditions, attributes)
      return { role: roleOf(proof, rules.mode, names), attributes: () => attributes }
    },
  }
}

/** Throws `unauthorized` unless a certificate meets what the instance demands of all. */
function mustMeet(...held: Parameters<typeof judge>): void {
  const failed = judge(...held).findings.find(({ outcome }) => outcome !== 'passed')
  if (failed === undefined) return
  const { attribute, statedBy } = failed.condition
  throw refused(
    `CONJ00049E ${quoted(attribute)} from the client certificate is not what the variable ${statedBy} demands of all`,
  )
}

function mustHaveService({ account, service }: Pick<Proof, 'account' | 'service'>): Named {
  if (service !== undefined) return { account, service }
  throw refused('CONJ00097E The name of the authenticator is missing')
}
