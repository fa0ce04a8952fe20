import { Failure, quoted } from '#lib/failure.ts'

/**
 * The full id of a variable that `id` names: `db/password`, `variable:db/password` or `acme:variable:db/password`. A
 * colon anywhere else belongs to the identifier. Throws `argument_error` for an empty or ill-formed one.
 */
export function variableId(account: string, id: string): string {
  if (id.startsWith('variable:')) return wellFormed(`${account}:${id}`)
  return /^[^:]+:variable:/.test(id) ? wellFormed(id) : wellFormed(`${account}:variable:${id}`)
}

/** `kind:identifier` or `account:kind:identifier` as a full id; throws `argument_error` for anything shorter. */
export function fullId(account: string, id: string): string {
  const parts = id.split(':')
  if (parts.length < 2) {
    throw new Failure('argument_error', `${quoted(id)} is not an id`, {
      hint: 'it has the form KIND:ID, for example variable:db/password',
    })
  }
  return wellFormed(parts.length === 2 ? `${account}:${id}` : id)
}

/** The three parts of a full id. */
export interface IdParts {
  readonly account: string
  readonly kind: string
  readonly id: string
}

/** Takes a full id apart. */
export function partsOf(id: string): IdParts {
  const [account = '', kind = '', ...rest] = id.split(':')
  return { account, kind, id: rest.join(':') }
}

function wellFormed(id: string): string {
  const { account, kind, id: identifier } = partsOf(id)
  const isComplete = account !== '' && kind !== '' && identifier !== ''
  if (!isComplete || !id.isWellFormed() || /\p{Cc}/u.test(id)) {
    throw new Failure('argument_error', `${quoted(id)} is not an id`)
  }
  return id
}
