import type { InstanceCheck } from '#app/authenticator.ts'
import type { SigningKeys } from '#authn/jwt/signing-keys.ts'
import { holderOf, readSettings } from './settings.ts'
import type { NamedInstance } from './settings.ts'

/** What must hold for an instance to recognise anybody; `instance` throws `unauthorized` when it lacks a value or a name. */
export const checksOf = (
  signingKeys: SigningKeys,
  instance: () => NamedInstance,
): readonly InstanceCheck[] => [
  {
    name: 'tenant',
    hint: 'set provider-uri to https://sts.windows.net/TENANT/, with the id of the tenant whose identities are to log in',
    run: () => void readSettings(instance().declared),
  },
  {
    name: 'provider',
    hint: 'make sure that the server can reach provider-uri and the keys that it names; the audit trail has the reason',
    async run() {
      await signingKeys.of(holderOf(instance()))
    },
  },
]
