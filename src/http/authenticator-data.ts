import type { AuthenticatorField } from '#app/authenticator-field.ts'
import type { AuthenticatorType } from '#app/authenticator-table.ts'
import {
  innerObject,
  invalid,
  memberOf,
  missing,
  objectIn,
  shown,
  textIn,
  unexpectedIn,
  wrongType,
} from './json-object.ts'
import type { JsonObject } from './json-object.ts'

/**
 * The values of the variables that the object `data` of a new authenticator asks for (reference/conjur-api.md 1.13), by variable. Throws
 * `unprocessable_entity` with the first thing that is wrong with it.
 */
export function readData(type: AuthenticatorType, body: JsonObject): ReadonlyMap<string, string> {
  const data = innerObject(body, 'data')
  if (type.fields.length === 0) {
    if (data === undefined) return new Map()
    throw invalid(`The 'data' object cannot be specified for ${type.name} authenticators.`)
  }
  if (data === undefined || data.size === 0) return withoutData(type)
  const values = valuesIn(type, data)
  for (const rule of RULES[type.name] ?? []) rule(values)
  return values
}

function withoutData(type: AuthenticatorType): ReadonlyMap<string, string> {
  // Everything about LDAP may stand in annotations, and AWS needs nothing.
  if (type.name === 'ldap' || type.name === 'aws') return new Map()
  throw invalid(
    `The 'data' object must be specified for ${type.name} authenticators and it must be a non-empty JSON object.`,
  )
}

function valuesIn(type: AuthenticatorType, data: JsonObject): ReadonlyMap<string, string> {
  const { fields } = type
  const identity = fields.some(isIdentity) ? innerObject(data, 'identity') : undefined
  const values = new Map<string, string>()
  for (const field of fields) {
    const value = isIdentity(field)
      ? identity && READ[field.form](identity, field)
      : READ[field.form](data, field)
    if (value !== undefined) values.set(field.variable, value)
    else if (field.isRequired === true) throw missing(field.name)
  }
  mustHaveOnly(data, [
    ...fields.filter((field) => !isIdentity(field)).map(({ name }) => name),
    ...(fields.some(isIdentity) ? ['identity'] : []),
  ])
  if (identity !== undefined) {
    mustHaveOnly(
      identity,
      fields.filter(isIdentity).map(({ name }) => name),
    )
  }
  return values
}

const isIdentity = ({ isIdentity: is }: AuthenticatorField): boolean => is === true

/** Throws `unprocessable_entity` when an object has other members than these. */
export function mustHaveOnly(object: JsonObject, names: readonly string[]): void {
  const others = unexpectedIn(object, names)
  if (others.length > 0)
    throw invalid(`The following parameters were not expected: ${others.join(', ')}`)
}

type ReadField = (object: JsonObject, field: AuthenticatorField) => string | undefined

/** How the member of a field becomes the text of its variable. */
const READ: Readonly<Record<AuthenticatorField['form'], ReadField>> = {
  text: (object, field) => bounded(textIn(object, field.name), field),
  object: (object, field) => bounded(objectText(object, field.name), field),
  list: (object, { name }) => listText(object, name),
  pairs: (object, { name }) => pairsText(object, name),
}

function bounded(
  text: string | undefined,
  { name, longest }: AuthenticatorField,
): string | undefined {
  if (text === '') throw missing(name)
  if (text === undefined || longest === undefined || text.length <= longest) return text
  throw invalid(`'${name}' parameter length exceeded. Limit the length to ${longest} characters`)
}

/** How deep an object may be that is kept as it is. */
const MAX_DEPTH = 10

function objectText(object: JsonObject, name: string): string | undefined {
  const value = memberOf(object, name)
  if (value === undefined) return undefined
  if (objectIn(value) === undefined) throw wrongType(name, 'object')
  if (!isShallow(value, MAX_DEPTH)) throw invalid(`'${name}' parameter is nested too deeply`)
  return JSON.stringify(value)
}

const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1)))

const CLAIM_NAME = String.raw`[a-zA-Z|$_][a-zA-Z|$_\-0-9.]*`
const CLAIM = new RegExp(`^${CLAIM_NAME}(?:/${CLAIM_NAME})*$`)
const ALIAS = /^[\w-]+$/
const RESERVED = ['iss', 'exp', 'nbf', 'iat', 'aud', 'jti']

/** INVARIANT: an item holds no comma or colon, which would make it several in the variable. */
function listText(object: JsonObject, name: string): string | undefined {
  const value = memberOf(object, name)
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw wrongType(name, 'array')
  const items: readonly unknown[] = value
  if (!items.every(isText))
    throw invalid(`Invalid '${name}' parameter. Must be an array of strings.`)
  const wrong = items.find((item) => !CLAIM.test(item))
  if (wrong !== undefined) {
    throw invalid(
      `Invalid claim '${shown(wrong)}' in '${name}'. Must be a valid claim name or a nested path.`,
    )
  }
  return items.length === 0 ? undefined : items.join(',')
}

const isText = (value: unknown): value is string => typeof value === 'string'

function pairsText(object: JsonObject, name: string): string | undefined {
  const aliases = innerObject(object, name)
  if (aliases === undefined || aliases.size === 0) return undefined
  return Array.from(aliases, ([alias, claim]) => pairText(name, alias, claim)).join(',')
}

function pairText(name: string, alias: string, claim: unknown): string {
  if (RESERVED.includes(alias)) {
    throw invalid(
      `Invalid target alias '${alias}' in '${name}'. Cannot use reserved claims: ${RESERVED.join(', ')}.`,
    )
  }
  if (!ALIAS.test(alias)) {
    throw invalid(
      `Invalid target alias '${shown(alias)}' in '${name}'. Must be an alphanumeric string with underscores or dashes.`,
    )
  }
  if (!isText(claim) || !CLAIM.test(claim)) {
    const given = isText(claim) ? claim : JSON.stringify(claim)
    throw invalid(
      `Invalid source claim '${shown(given)}' in '${name}'. Must be a valid claim name or a nested path.`,
    )
  }
  return `${alias}:${claim}`
}

type Values = ReadonlyMap<string, string>

/** What must hold between the fields of a type. */
const RULES: Readonly<Record<string, readonly ((values: Values) => void)[]>> = {
  jwt: [mustHaveOneKeySource, mustNameIssuer, mustSayWhatIsInPath],
  ldap: [mustHaveBindPassword],
  oidc: [mustBeOneOfTwo],
}

function mustHaveOneKeySource(values: Values): void {
  const sources = ['jwks-uri', 'public-keys', 'provider-uri'].filter((name) => values.has(name))
  if (sources.length === 0) {
    throw invalid(
      "In the 'data' object, either a 'jwks_uri' or 'public_keys' field must be specified.",
    )
  }
  if (sources.length > 1) {
    const names = sources.map((name) => name.replace('-', '_')).join(' and ')
    throw invalid(`In the 'data' object, you cannot specify ${names} fields.`)
  }
}

function mustNameIssuer(values: Values): void {
  if (!values.has('public-keys') || values.has('issuer')) return
  throw invalid(
    "In the 'data' object, when the 'public_keys' field is specified, the 'issuer' field must also be specified.",
  )
}

function mustSayWhatIsInPath(values: Values): void {
  if (!values.has('identity-path') || values.has('token-app-property')) return
  throw invalid(
    "In the identity object, when the 'identity_path' field is specified, the 'token_app_property' field must also be specified.",
  )
}

function mustHaveBindPassword(values: Values): void {
  if (!values.has('tls-ca-cert') || values.has('bind-password')) return
  throw missing(
    "The 'bind_password' field must be specified when the 'tls_ca_cert' field is provided.",
  )
}

const ID_TOKEN = ['id_token_user_property']
const CODE_FLOW = ['client_id', 'client_secret', 'redirect_uri', 'claim_mapping']

function mustBeOneOfTwo(values: Values): void {
  const has = (name: string): boolean => values.has(name.replaceAll('_', '-'))
  const isIdToken = ID_TOKEN.every(has) && !CODE_FLOW.some(has)
  const isCodeFlow = CODE_FLOW.every(has) && !ID_TOKEN.some(has)
  if (isIdToken || isCodeFlow) return
  throw invalid(
    `The data object must contain either ${listed(ID_TOKEN)} or ${listed(CODE_FLOW)} keys.`,
  )
}

const listed = (names: readonly string[]): string =>
  `[${names.map((name) => `"${name}"`).join(', ')}]`
