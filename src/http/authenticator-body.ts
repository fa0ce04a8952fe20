import type { InstanceView } from '#app/authenticator-instances.ts'
import { authenticatorType } from '#app/authenticator-table.ts'
import { SINGLE_NAME } from '#app/instance-place.ts'
import type { AuthenticatorField } from '#app/authenticator-field.ts'
import type { AuthenticatorType } from '#app/authenticator-table.ts'
import type { NewInstance } from '#app/change-instances.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { mustHaveOnly, readData } from './authenticator-data.ts'
import { printRole } from './branch-body.ts'
import {
  innerObject,
  invalid,
  memberOf,
  missing,
  shown,
  textIn,
  unexpectedIn,
  wrongType,
} from './json-object.ts'
import type { BodyComplaints, JsonObject } from './json-object.ts'

/** What bodies of authenticators are refused with (reference/conjur-api.md 1.13). */
export const COMPLAINTS: BodyComplaints = {
  missing: 'Request body is empty',
  empty: 'Request body is empty',
  malformed: 'Request JSON is malformed',
}

/** The type of a name, also of the long one; throws `unprocessable_entity` for an unknown one. */
export function readType(name: string): AuthenticatorType {
  const type = authenticatorType(name)
  if (type !== undefined) return type
  throw invalid(`'${shown(name)}' authenticators are not supported.`)
}

/** The authenticator that a body describes; throws `unprocessable_entity` with the first thing that is wrong with it. */
export function readNewInstance(account: string, body: JsonObject): NewInstance {
  mustHaveOnly(body, ['type', 'name', 'enabled', 'owner', 'data', 'annotations'])
  const typeName = textIn(body, 'type') ?? ''
  if (typeName === '') throw missing('type')
  const type = readType(typeName)
  const name = bounded('name', textIn(body, 'name') ?? '', NAME)
  const enabled = memberOf(body, 'enabled') ?? true
  if (typeof enabled !== 'boolean') throw wrongType('enabled', 'true, false')
  const owner = readOwner(account, body)
  const values = readData(type, body)
  const annotations = readAnnotations(body)
  mustBeItsName(account, type, name)
  return {
    place: { account, type, name },
    enabled,
    ...(owner === undefined ? {} : { owner }),
    values,
    annotations,
  }
}

function mustBeItsName(
  account: string,
  { isSingle, name: type }: AuthenticatorType,
  name: string,
): void {
  if (isSingle !== true || name === SINGLE_NAME) return
  const text = `Webservice 'conjur/${type}/${name}' not found in account '${account}'`
  throw new Failure('not_found', text)
}

/** A text and what it may be; `characters` ends the complaint. */
interface Shape {
  readonly pattern: RegExp
  readonly longest: number
  readonly characters: string
}

const allowed = (characters: string): string =>
  `Valid characters: letters, numbers, and these special characters are allowed: ${characters}. Other characters are not allowed.`

const NAME: Shape = { pattern: /^[a-zA-Z0-9._:-]+$/, longest: 60, characters: allowed('. _ : -') }
const OWNER: Shape = {
  pattern: /^[a-zA-Z0-9@._/-]+$/,
  longest: 500,
  characters: allowed('@ . _ / -'),
}
const ANNOTATION_NAME: Shape = {
  pattern: /^[a-zA-Z0-9_/-]+$/,
  longest: 500,
  characters: allowed('_ / -'),
}
const ANNOTATION_VALUE: Shape = {
  pattern: /^[^<>'\p{Cc}]+$/u,
  longest: 120,
  characters:
    "All characters except less than (<), greater than (>), and single quote (') are allowed.",
}

/** `text` when it has the shape; throws `unprocessable_entity`, naming the parameter, otherwise. */
function bounded(name: string, text: string, { pattern, longest, characters }: Shape): string {
  if (text === '') throw missing(name)
  if (text.length > longest) {
    throw invalid(`'${name}' parameter length exceeded. Limit the length to ${longest} characters`)
  }
  if (!pattern.test(text)) throw invalid(`Invalid '${name}' parameter. ${characters}`)
  return text
}

const OWNER_KINDS = ['user', 'host', 'group']

function readOwner(account: string, body: JsonObject): Id | undefined {
  const owner = innerObject(body, 'owner')
  if (owner === undefined) return undefined
  const id = bounded('id', textIn(owner, 'id') ?? '', OWNER)
  const kind = textIn(owner, 'kind') ?? ''
  if (kind === '') throw missing('kind')
  if (!OWNER_KINDS.includes(kind)) {
    throw invalid(
      `CONJ00191W The value in the Resource '${id}' kind parameter is not valid. Error: Allowed values are ${JSON.stringify(OWNER_KINDS).replaceAll(',', ', ')}`,
    )
  }
  mustHaveOnly(owner, ['id', 'kind'])
  return makeId(account, kind, id)
}

function readAnnotations(body: JsonObject): ReadonlyMap<string, string> {
  const annotations = innerObject(body, 'annotations') ?? new Map<string, unknown>()
  return new Map(
    Array.from(annotations, ([name, value]) => [
      bounded('annotation name', name, ANNOTATION_NAME),
      bounded('annotation value', annotationText(value), ANNOTATION_VALUE),
    ]),
  )
}

function annotationText(value: unknown): string {
  if (value === null) return ''
  if (typeof value !== 'string') throw wrongType('annotation value', 'string')
  return value
}

/** Whether a body enables or disables; throws `unprocessable_entity` for anything else. */
export function readEnabled(body: JsonObject): boolean {
  const others = unexpectedIn(body, ['enabled'])
  if (others.length > 0) {
    const names = others.map((name) => `'${name}'`).join(', ')
    throw invalid(`The following parameters were not expected: ${names}`)
  }
  const enabled = memberOf(body, 'enabled')
  if (enabled === undefined) throw invalid('Missing required parameter: enabled')
  if (typeof enabled !== 'boolean') {
    throw invalid('The enabled parameter must be of type=boolean')
  }
  return enabled
}

/** An authenticator on the wire; `data` and `annotations` are not there when they would be empty. */
export function printInstance({
  type,
  name,
  enabled,
  owner,
  values,
  annotations,
}: InstanceView): unknown {
  const data = printData(type, values)
  return {
    type: type.name,
    branch: `conjur/${type.authenticator}`,
    name,
    enabled,
    owner: printRole(owner),
    ...(Object.keys(data).length === 0 ? {} : { data }),
    ...(annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  }
}

function printData(
  { fields }: AuthenticatorType,
  values: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const printed = (isIdentity: boolean): readonly (readonly [string, unknown])[] =>
    fields.flatMap((field) => {
      const value = values.get(field.variable)
      const belongs = (field.isIdentity === true) === isIdentity
      return value === undefined || !belongs ? [] : [[field.name, PRINT[field.form](value)]]
    })
  const identity = printed(true)
  return {
    ...Object.fromEntries(printed(false)),
    ...(identity.length === 0 ? {} : { identity: Object.fromEntries(identity) }),
  }
}

const itemsOf = (text: string): readonly string[] => text.split(',').map((item) => item.trim())

/** How the text of a variable is shown, which somebody may have set by hand to anything. */
const PRINT: Readonly<Record<AuthenticatorField['form'], (text: string) => unknown>> = {
  text: (text) => text,
  object: objectOrText,
  list: (text) => [...new Set(itemsOf(text))],
  pairs: (text) =>
    Object.fromEntries(
      itemsOf(text).flatMap((item) => {
        const [alias = '', claim = ''] = item.split(/:(?<claim>.*)/s)
        return alias === '' || claim === '' ? [] : [[alias, claim]]
      }),
    ),
}

function objectOrText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    // It is no JSON: the text says best what is wrong.
    return text
  }
}
