import type { SettingShape } from './setting-shapes.ts'

/** One setting of an authenticator, and the member of the v2 API's `data` that stands for it. */
export interface AuthenticatorField {
  /** The name of the variable below the webservice: `jwks-uri`; of the webservice's annotation when it is one. */
  readonly variable: string
  /** The name on the wire: `jwks_uri`. */
  readonly name: string
  /** What it is for, for the documentation: a phrase. */
  readonly meaning: string
  /** What the member holds; a variable holds text, whose items are separated by commas. */
  readonly form: 'text' | 'object' | 'list' | 'pairs'
  /** Whether it stands in an annotation of the webservice instead of a variable. */
  readonly isAnnotation?: true
  /** Whether the member stands in the object `identity`. */
  readonly isIdentity?: true
  readonly isRequired?: true
  /** Whether its value is a credential, and not only configuration. */
  readonly isSecret?: true
  /** The longest text, in UTF-16 code units. */
  readonly longest?: number
  /** What every value looks like; any text will do when absent. */
  readonly shape?: SettingShape
}

/** A field whose member on the wire has the name of its variable, and which is a text unless it says otherwise. */
export const field = (
  variable: string,
  meaning: string,
  more: Partial<Omit<AuthenticatorField, 'variable' | 'meaning'>> = {},
): AuthenticatorField => ({
  variable,
  meaning,
  name: variable.replaceAll('-', '_'),
  form: 'text',
  ...more,
})

/** The longest URI, in UTF-16 code units. */
export const URI = 255
