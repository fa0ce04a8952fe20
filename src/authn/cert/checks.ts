import type { InstanceCheck } from '#app/authenticator.ts'
import { hostModeOf } from './identity.ts'
import type { ListHolder } from './revocation.ts'
import { isCurrent } from './revocation.ts'
import type { RevocationList } from './revocation-list.ts'
import { refused } from './refusal.ts'
import { authoritiesIn, generalConditions, listSource, type Declared } from './settings.ts'

/** An instance, and what is set of it. */
export interface CheckedInstance {
  readonly account: string
  readonly service: string
  readonly declared: Declared
}

/** What the checks ask. */
export interface CheckParts {
  readonly findLists: (holder: ListHolder) => Promise<readonly RevocationList[]>
  readonly now: () => number
}

/**
 * What must hold for an instance to recognise anybody, each for itself. `instance` throws `unauthorized` like the checks when the instance has no
 * name or lacks a value.
 */
export const checksOf = (
  { findLists, now }: CheckParts,
  instance: () => CheckedInstance,
): readonly InstanceCheck[] => [
  {
    name: 'authorities',
    hint: 'set ca-cert to the root that signs the certificates of clients, in PEM, and those below it that clients do not send',
    run: () => mustBeValid(instance().declared, now()),
  },
  {
    name: 'identity',
    hint: 'set trust-domain and identity-path for host-mode spiffe, identity-path for dns, neither for request',
    run() {
      hostModeOf(instance().declared)
    },
  },
  {
    name: 'general conditions',
    hint: 'set san-uri, san-dns, san-ip and cn to what every certificate has, or remove them',
    run() {
      generalConditions(instance().declared)
    },
  },
  {
    name: 'revocation lists',
    hint: 'set crl or crl-url to a current list that an authority of ca-cert has signed, and make sure that the server can reach the address; the audit trail has the reason',
    async run() {
      const { declared, ...named } = instance()
      const source = listSource(declared)
      if (source === undefined) return
      const authorities = authoritiesIn(declared)
      const lists = await findLists({ ...named, source, authorities })
      if (lists.some((list) => !isCurrent(list, now()))) {
        throw refused('CONJ00030E A revocation list is too old, or not valid yet')
      }
    },
  },
]

function mustBeValid(declared: Declared, now: number): void {
  const { roots } = authoritiesIn(declared)
  const isValid = roots.some(
    ({ validFromDate, validToDate }) =>
      validFromDate.getTime() <= now && now < validToDate.getTime(),
  )
  if (!isValid) throw refused('CONJ00032E No root of ca-cert is valid now')
}
