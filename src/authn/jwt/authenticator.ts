import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, Proof } from '#app/authenticator.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { Instance } from '#app/instance-settings.ts'
import type { Outbound } from '#app/outbound.ts'
import type { Attribute } from '#domain/attestation.ts'
import type { ReadInCluster } from '#authn/kubernetes/access.ts'
import { attributesIn } from './attributes.ts'
import { checksOf } from './checks.ts'
import { fetchKeys } from './fetch-keys.ts'
import { roleOf } from './identity.ts'
import { refused } from './refusal.ts'
import { mustBeCurrent, mustBeFor, mustBeIssuedBy } from './registered-claims.ts'
import { restrictionsOn } from './restrictions.ts'
import { readSettings } from './settings.ts'
import { createSigningKeys } from './signing-keys.ts'
import { tokenFromBody } from './token-from-body.ts'
import { mustHaveHeader } from './token-header.ts'
import { tokenReviewer } from './token-review.ts'
import { verifiedClaims } from './verified-claims.ts'

const TYPE = 'authn-jwt'

/** What authn-jwt stands on. */
export interface JwtAuthenticatorParts {
  readonly outbound: Outbound
  readonly inCluster: ReadInCluster
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Recognises whoever bears a JSON Web Token of a trusted issuer: a pod by its service account, a job by its CI system
 * (reference/conjur-api.md 6.4). docs/compatibility.md lists in what it is stricter, and in what more open, than the reference.
 */
export function jwtAuthenticator(parts: JwtAuthenticatorParts): Authenticator {
  const { outbound, now } = parts
  const signingKeys = createSigningKeys(fetchKeys(outbound), now)
  const settings = settingsOfType(TYPE)
  const review = tokenReviewer(parts)
  const declaredBy = (
    instance: Pick<Proof, 'account' | 'service'>,
    configuration: Parameters<typeof declaredValues>[2],
  ): ReturnType<typeof declaredValues> =>
    declaredValues({ settings }, { ...instance, type: TYPE } satisfies Instance, configuration)
  return {
    type: TYPE,
    settings,
    namedBy: (configuration) => (configuration.has('token-app-property') ? 'proof' : 'request'),
    checks: (instance, configuration) =>
      checksOf({ signingKeys, review }, () => ({
        ...mustHaveService(instance),
        declared: declaredBy(instance, configuration),
      })),
    conditions(instance, configuration, role) {
      const prefix = `${TYPE}/${mustHaveService(instance).service}/`
      const rules = readSettings(declaredBy(instance, configuration))
      return restrictionsOn(role, { ...rules, prefix })
    },
    async recognise(proof, configuration) {
      const { account, service } = mustHaveService(proof)
      const token = tokenFromBody(proof.body)
      mustHaveHeader(token)
      const rules = readSettings(declaredBy(proof, configuration))
      const holder = { account, service, source: rules.keySource }
      const claims = await verifiedClaims(signingKeys, holder, token)
      mustBeCurrent(claims, now(), rules.leeway)
      mustBeIssuedBy(claims, rules.issuer)
      mustBeFor(claims, rules.audience)
      return {
        role: roleOf(proof, rules.identity, claims),
        async attributes(): Promise<readonly Attribute[]> {
          const reviewed = rules.review === undefined ? [] : await review(rules.review, token)
          return [...attributesIn(claims), ...reviewed]
        },
      }
    },
  }
}

function mustHaveService({
  account,
  service,
}: Pick<Proof, 'account' | 'service'>): Required<Pick<Proof, 'account' | 'service'>> {
  if (service !== undefined) return { account, service }
  throw refused('CONJ00097E The name of the authenticator is missing')
}
