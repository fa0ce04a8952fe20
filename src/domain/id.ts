import { Failure, quoted } from '#lib/failure.ts'

declare const brand: unique symbol

/**
 * `account:kind:identifier`, for example `acme:variable:shop/db/password`: the name of a role, of a resource or
 * of both (reference/conjur-api.md 5.1). The identifier may itself contain `:`. Only {@link parseId} and {@link makeId}
 * make one, so an `Id` is always well formed.
 */
export type Id = string & { readonly [brand]: 'Id' }

/** The longest identifier, in characters (code points). */
export const MAX_IDENTIFIER = 950

const SHAPE = /^[^:\p{Cc}]{1,60}:[^:\p{Cc}]{1,60}:[^\p{Cc}\p{Surrogate}]{1,950}$/u

const isId = (text: string): text is Id => SHAPE.test(text)

/** `text` as an id; throws `argument_error` when it does not have three parts or holds control characters. */
export function parseId(text: string): Id {
  if (!isId(text)) {
    throw new Failure('argument_error', `${quoted(text)} is not an id`, {
      hint: 'an id has the form account:kind:identifier',
    })
  }
  return text
}

/**
 * The id of the three parts; throws `argument_error` like {@link parseId}, and when the account or the kind holds a `:`, which would
 * make it the id of something else (attack `kind-confusion`).
 */
export function makeId(account: string, kind: string, identifier: string): Id {
  const id = parseId(`${account}:${kind}:${identifier}`)
  if (account.includes(':') || kind.includes(':')) {
    throw new Failure('argument_error', `${quoted(account)} or ${quoted(kind)} holds a colon`)
  }
  return id
}

/** `kind:identifier` or `account:kind:identifier` as an id, the first in `account`. */
export function parseIdIn(account: string, text: string): Id {
  const parts = text.split(':')
  if (parts.length < 2) {
    throw new Failure('argument_error', `Expected at least 2 tokens in ${text.slice(0, 80)}`)
  }
  const [kind = '', ...identifier] = parts
  return parts.length === 2 ? makeId(account, kind, identifier.join(':')) : parseId(text)
}

/** The account of an id. */
export const accountOf = (id: Id): string => id.slice(0, id.indexOf(':'))

/** The kind of an id: `user`, `host`, `variable` and so on. */
export function kindOf(id: Id): string {
  const start = id.indexOf(':') + 1
  return id.slice(start, id.indexOf(':', start))
}

/** The identifier of an id: all that follows the kind. */
export const identifierOf = (id: Id): string => id.slice(id.indexOf(':', id.indexOf(':') + 1) + 1)

/**
 * The role that logs in as `login` (reference/conjur-api.md 2.2, 6): `alice` is a user, `host/shop/cart` a host and
 * `user/alice` the user again. Other kinds cannot log in, so `group/x` is the user of that very name.
 */
export function roleOfLogin(account: string, login: string): Id {
  if (login.startsWith('host/')) return makeId(account, 'host', login.slice('host/'.length))
  if (login.startsWith('user/')) return makeId(account, 'user', login.slice('user/'.length))
  return makeId(account, 'user', login)
}

/** The name under which a user or a host logs in: the inverse of {@link roleOfLogin}. */
export function loginOf(role: Id): string {
  const kind = kindOf(role)
  return kind === 'user' ? identifierOf(role) : `${kind}/${identifierOf(role)}`
}

/** The root policy of an account. */
export const rootPolicyOf = (account: string): Id => makeId(account, 'policy', 'root')

/** The administrator of an account. */
export const adminOf = (account: string): Id => makeId(account, 'user', 'admin')
