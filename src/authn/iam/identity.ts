import type { Annotated, Proof } from '#app/authenticator.ts'
import { exactly } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { identifierOf, kindOf, makeId, type Id } from '#domain/id.ts'
import { quoted } from '#lib/failure.ts'
import { ACCOUNT, ROLE, USER } from './attributes.ts'
import { refused } from './refusal.ts'

const LOGIN = /^host\/(?<id>(?:.*\/)?\d{12}\/[\w+=,.@-]{1,64})$/

/**
 * The host that a request names; throws `unauthorized` for a login that cannot be that of a host which AWS knows, before AWS is asked
 * (reference/conjur-api.md 6.9).
 */
export function hostIn({ account, login = '' }: Pick<Proof, 'account' | 'login'>): Id {
  const id = LOGIN.exec(login)?.groups?.['id']
  if (id === undefined) throw nameless(login)
  try {
    return makeId(account, 'host', id)
  } catch (cause) {
    throw refused(`CONJ00007E ${quoted(login)} cannot be the name of a role`, { cause })
  }
}

const BY_ID = 'the id of the host'

const CODES: Condition['codes'] = { missing: 'CONJ00002E', failed: 'CONJ00002E' }

const IDENTIFIER = /(?:^|\/)(?<account>\d{12})\/(?<name>[\w+=,.@-]{1,64})$/

/**
 * What a host demands by its id, which ends in the number of an account and the name of a role: in nothing else does Conjur's spelling state
 * anything. A host that states a condition on `aws.user` is a user of that name instead; without it, somebody who may make users would be
 * every role. Throws `unauthorized` for another id.
 */
export function conditionsById({ role, stated }: Annotated): readonly Condition[] {
  const { account, name } = IDENTIFIER.exec(identifierOf(role))?.groups ?? {}
  if (kindOf(role) !== 'host' || account === undefined || name === undefined) {
    throw nameless(identifierOf(role))
  }
  const isUser = stated.some(({ attribute }) => attribute === USER)
  return [
    exactly(ACCOUNT, account, BY_ID, CODES),
    exactly(isUser ? USER : ROLE, name, BY_ID, CODES),
  ]
}

const nameless = (login: string): Error =>
  refused(`CONJ00002E ${quoted(login)} does not end in the number of an account and a name`)
