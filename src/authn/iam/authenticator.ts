import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof, Recognised } from '#app/authenticator.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { attributesOf } from './attributes.ts'
import { identifyCallerOver } from './caller-identity.ts'
import type { IdentifyCaller } from './caller-identity.ts'
import { checksOf } from './checks.ts'
import { conditionsById, hostIn } from './identity.ts'
import { principalOf } from './principal.ts'
import type { Principal } from './principal.ts'
import { refused } from './refusal.ts'
import { readSettings } from './settings.ts'
import type { IamSettings } from './settings.ts'
import { readSignedRequest } from './signed-request.ts'
import type { SignedRequest } from './signed-request.ts'
import { mustBeUnused } from './single-use.ts'

const TYPE = 'authn-iam'

const settings = settingsOfType(TYPE)

/** What authn-iam stands on. */
export interface IamAuthenticatorParts {
  readonly outbound: Outbound
  /** What was used once, for all nodes together. */
  readonly once: OnceStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Recognises whoever has credentials of AWS: they sign the question who they are, this server asks it, and AWS answers
 * (reference/conjur-api.md 6.9). docs/compatibility.md lists in what it is stricter than the reference.
 */
export function iamAuthenticator({ outbound, once, now }: IamAuthenticatorParts): Authenticator {
  const identify = identifyCallerOver(outbound)
  return {
    type: TYPE,
    settings,
    namedBy: () => 'request',
    checks: (instance, configuration) =>
      checksOf(outbound, () => settingsOf(instance, configuration)),
    conditions: (_instance, _configuration, role) => conditionsById(role),
    async recognise(proof, configuration): Promise<Recognised> {
      const rules = settingsOf(proof, configuration)
      const role = hostIn(proof)
      const request = readSignedRequest(proof.body, rules, now())
      const principal = await signerOf(identify, request)
      if (rules.isSingleUse) await mustBeUnused(once, request, now())
      return { role, attributes: () => attributesOf(principal, request.region) }
    },
  }
}

function settingsOf(
  { account, service }: Pick<Proof, 'account' | 'service'>,
  configuration: AuthenticatorSettings,
): IamSettings {
  if (service === undefined) throw refused('CONJ00097E The name of the authenticator is missing')
  const instance = { account, service, type: TYPE }
  return readSettings(declaredValues({ settings }, instance, configuration))
}

async function signerOf(identify: IdentifyCaller, request: SignedRequest): Promise<Principal> {
  const identity = await identify(request)
  try {
    return principalOf(identity, request.endpoint.partition)
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'unauthorized') throw error
    throw refused(`CONJ00063E ${error.message}`)
  }
}
