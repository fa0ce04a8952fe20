import { AUTHENTICATOR_TYPES } from '#app/authenticator-table.ts'
import type { AuthenticatorField } from '#app/authenticator-field.ts'
import type { AuthenticatorType } from '#app/authenticator-table.ts'
import { roleReference } from '#http/openapi/ids.ts'
import {
  component,
  dictionary,
  list,
  oneOf,
  oneOfTexts,
  record,
  text,
  truth,
  whole,
} from '#http/openapi/schema.ts'
import type { Component, Keywords, Schema } from '#http/openapi/schema.ts'

type Members = Readonly<Record<string, Schema>>

/** How the value of a field is taken, by its form. */
const TAKEN: Readonly<Record<AuthenticatorField['form'], (field: AuthenticatorField) => Keywords>> =
  {
    text: ({ longest }) =>
      text({ minLength: 1, ...(longest === undefined ? {} : { maxLength: longest }) }),
    object: () => ({ type: 'object', description: 'It is kept as JSON.' }),
    list: () => list(text()),
    pairs: () => dictionary(text()),
  }

/** How it is shown: a variable may have been set by hand to anything. */
const SHOWN: Readonly<Record<AuthenticatorField['form'], Keywords>> = {
  text: text(),
  object: { description: 'What the variable holds: JSON, or a text that is none.' },
  list: list(text()),
  pairs: dictionary(text()),
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const membersOf = (
  fields: readonly AuthenticatorField[],
  schemaOf: (field: AuthenticatorField) => Schema,
): Members => Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]))

const isIdentity = ({ isIdentity: is }: AuthenticatorField): boolean => is === true

/** The members of `data`: what identities are made of stands in an object of its own. */
function dataMembers(
  fields: readonly AuthenticatorField[],
  schemaOf: (field: AuthenticatorField) => Schema,
): Members {
  const identity = fields.filter(isIdentity)
  const own = membersOf(
    fields.filter((field) => !isIdentity(field)),
    schemaOf,
  )
  if (identity.length === 0) return own
  return { ...own, identity: record({}, membersOf(identity, schemaOf)) }
}

const owner = roleReference(undefined)

function shownType({ name, authenticator, fields }: AuthenticatorType): Component {
  const data = record(
    {},
    dataMembers(fields, ({ form }) => SHOWN[form]),
  )
  return component(
    `${capitalized(name)}Authenticator`,
    record(
      {
        type: text({ const: name }),
        branch: text({ const: `conjur/${authenticator}` }),
        name: text(),
        enabled: truth('Whether it recognises anybody.'),
        owner,
      },
      { ...(fields.length === 0 ? {} : { data }), annotations: dictionary(text()) },
      'Values stand in `data` as far as the caller may `execute` their variables.',
    ),
  )
}

/** An authenticator, as its type has it. */
export const authenticator: Component = component(
  'Authenticator',
  oneOf(AUTHENTICATOR_TYPES.map(shownType)),
)

/** Authenticators in a list. */
export const authenticators: Component = component(
  'Authenticators',
  record({
    authenticators: list(authenticator),
    count: whole(0, { description: 'How many there are in all.' }),
  }),
)

const newOwner = record({
  kind: oneOfTexts(['user', 'host', 'group']),
  id: text({ maxLength: 500, pattern: '^[a-zA-Z0-9@._/-]+$' }),
})

const newAnnotations = dictionary(text({ pattern: "^[^<>'\\p{Cc}]{1,120}$" }), {
  propertyNames: text({ pattern: '^[a-zA-Z0-9_/-]{1,500}$' }),
})

function newType({ name, authenticator: long, fields }: AuthenticatorType): Component {
  const schemaOf = (field: AuthenticatorField): Schema => TAKEN[field.form](field)
  const required = fields.filter((field) => field.isRequired === true)
  const members = dataMembers(fields, schemaOf)
  const isNeeded = (member: string): boolean => required.some((field) => field.name === member)
  const data = record(
    Object.fromEntries(Object.entries(members).filter(([member]) => isNeeded(member))),
    Object.fromEntries(Object.entries(members).filter(([member]) => !isNeeded(member))),
  )
  const mustHaveData = required.length > 0 || name === 'jwt'
  return component(
    `New${capitalized(name)}Authenticator`,
    record(
      {
        type: oneOfTexts([name, long]),
        name: text({ maxLength: 60, pattern: '^[a-zA-Z0-9._:-]+$' }),
        ...(mustHaveData ? { data } : {}),
      },
      {
        enabled: truth('Whether it recognises anybody; it does when this is absent.'),
        owner: newOwner,
        ...(mustHaveData || fields.length === 0 ? {} : { data }),
        annotations: newAnnotations,
      },
    ),
  )
}

/** An authenticator that is to be made. */
export const newAuthenticator: Component = component(
  'NewAuthenticator',
  oneOf(AUTHENTICATOR_TYPES.map(newType)),
)

/** The names of the types, long and short. */
export const typeName: Keywords = oneOfTexts(
  AUTHENTICATOR_TYPES.flatMap(({ name, authenticator: long }) => [name, long]),
)
