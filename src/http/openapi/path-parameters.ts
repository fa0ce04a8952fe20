import { described } from './operation.ts'
import type { Described, Operation } from './operation.ts'
import { identifier, name } from './ids.ts'
import { text } from './schema.ts'

/** What the names in paths mean, unless an operation has more to say. */
const USUAL: Readonly<Record<string, Described>> = {
  account: described('The account.', name),
  kind: described('The kind: `user`, `host`, `variable` and so on.', name),
  id: described('The identifier: what follows the kind in a full id.', identifier),
  login: described(
    'The name under which a role logs in: `alice`, `host/shop/cart`.',
    text({ minLength: 1 }),
  ),
  service: described('The name of the instance.', text({ minLength: 1 })),
  authenticator: described(
    'The type of the authenticator.',
    text({ pattern: '^authn(?:-[^/]*)?$' }),
  ),
}

/** One name that a path binds, with whether it takes the rest of the path. */
interface PathName {
  readonly name: string
  readonly isRest: boolean
}

/** A parameter of a path as the document has it. */
export interface PathParameter extends Described, PathName {}

const NAMES = /(?<rest>\*\*)?:(?<name>[a-z]+)/gi

const namesIn = (path: string): readonly PathName[] =>
  Array.from(path.matchAll(NAMES), ({ groups }) => ({
    name: groups?.['name'] ?? '',
    isRest: groups?.['rest'] !== undefined,
  }))

/** The path of a route as the document writes it: `/a/:b/**:c` is `/a/{b}/{c}`. */
export const templateOf = (path: string): string => path.replaceAll(NAMES, '{$<name>}')

/** The parameters of a path, each with what it means. A name that nobody has described is a bug. */
export const pathParameters = (
  path: string,
  { params = {} }: Operation,
): readonly PathParameter[] =>
  namesIn(path).map(({ name: called, isRest }) => {
    const parameter = params[called] ?? USUAL[called]
    if (parameter === undefined) throw new Error(`nobody has described ${called} of ${path}`)
    const description = isRest
      ? `${parameter.description} Its slashes may stand as they are or as \`%2F\`.`
      : parameter.description
    return { name: called, isRest, description, schema: parameter.schema }
  })
