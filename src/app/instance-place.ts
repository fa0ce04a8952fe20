import { identifierOf, kindOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { authenticatorType } from './authenticator-table.ts'
import type { AuthenticatorField } from './authenticator-field.ts'
import type { AuthenticatorType } from './authenticator-table.ts'

/** The name that an authenticator has when there is only one of its type. */
export const SINGLE_NAME = 'default'

/** Where an instance is: its account, type and name. */
export interface InstancePlace {
  readonly account: string
  readonly type: AuthenticatorType
  readonly name: string
}

/** The identifier under which everything of an instance is. */
export const instancePath = ({ type, name }: Pick<InstancePlace, 'type' | 'name'>): string =>
  type.isSingle ? `conjur/${type.authenticator}` : `conjur/${type.authenticator}/${name}`

/** The webservice of an instance. */
export const instanceWebservice = (place: InstancePlace): Id =>
  makeId(place.account, 'webservice', instancePath(place))

/** The variable of an instance that holds a field. */
export const instanceVariable = (place: InstancePlace, { variable }: AuthenticatorField): Id =>
  makeId(place.account, 'variable', `${instancePath(place)}/${variable}`)

const INSTANCE = /^conjur\/(?<authenticator>authn(?:-[a-z0-9]+)*)(?:\/(?<service>[^/]+))?$/

/** What an identifier says of an authenticator: its type and, if it has one, its service; `undefined` when it is of something else. */
export function instanceIn(
  identifier: string,
): { readonly authenticator: string; readonly service: string | undefined } | undefined {
  const { authenticator, service } = INSTANCE.exec(identifier)?.groups ?? {}
  if (authenticator === undefined) return undefined
  // The one authenticator of such a type has no service, so this is its status.
  const isStatus = service === 'status' && authenticatorType(authenticator)?.isSingle === true
  return isStatus ? undefined : { authenticator, service }
}

/** The place of an authenticator by its webservice; `undefined` for any other resource and for types that we do not know. */
export function placeOf(account: string, webservice: Id): InstancePlace | undefined {
  if (kindOf(webservice) !== 'webservice') return undefined
  const found = instanceIn(identifierOf(webservice))
  const type = found && authenticatorType(found.authenticator)
  if (found === undefined || type === undefined) return undefined
  if (type.isSingle)
    return found.service === undefined ? { account, type, name: SINGLE_NAME } : undefined
  return found.service === undefined ? undefined : { account, type, name: found.service }
}
