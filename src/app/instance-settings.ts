import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { AuthenticatorField } from './authenticator-field.ts'
import type { Authenticator, AuthenticatorSettings } from './authenticator.ts'
import type { Passage } from './gate.ts'
import { openSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** An instance of an authenticator, whether there is one or not. */
export interface Instance {
  readonly account: string
  /** `authn-jwt` and its like. */
  readonly type: string
  /** Absent for a type of which there is only one. */
  readonly service?: string
}

/** The name of an instance in its account: `authn-jwt/kube`. */
export const instanceName = ({ type, service }: Omit<Instance, 'account'>): string =>
  service === undefined ? type : `${type}/${service}`

/** The webservice of an instance. */
export const webserviceOf = (instance: Instance): Id =>
  makeId(instance.account, 'webservice', `conjur/${instanceName(instance)}`)

/** Whether an instance is enabled: by the server's settings, which hold for all accounts, or in its own account. */
export const isEnabled = (
  everywhere: ReadonlySet<string>,
  { authenticators }: Passage,
  instance: Instance,
): boolean =>
  everywhere.has(instanceName(instance)) || authenticators.isEnabled(webserviceOf(instance))

/** The variables that may configure an instance, in the order of the authenticator's settings. */
export const settingIds = (
  authenticator: Pick<Authenticator, 'settings'>,
  instance: Instance,
): readonly Id[] => variablesOf(authenticator).map(({ variable }) => variableId(instance, variable))

const variablesOf = ({
  settings,
}: Pick<Authenticator, 'settings'>): readonly AuthenticatorField[] =>
  settings.filter(({ isAnnotation }) => isAnnotation !== true)

const variableId = (instance: Instance, name: string): Id =>
  makeId(instance.account, 'variable', `conjur/${instanceName(instance)}/${name}`)

/** Reads the annotations of a resource; there are none when it does not exist. */
export type ReadAnnotations = (resource: Id) => Promise<ReadonlyMap<string, string>>

/** What reading the configuration of an instance stands on. */
export interface SettingParts {
  readonly vault: Vault
  readonly readAnnotations: ReadAnnotations
}

/**
 * The configuration of an instance, from a passage that brought the values of {@link settingIds}. The server reads its own
 * configuration with no role's rights: nothing of it leaves.
 */
export async function settingsOf(
  { vault, readAnnotations }: SettingParts,
  authenticator: Pick<Authenticator, 'settings'>,
  instance: Instance,
  { graph, values }: Passage,
): Promise<AuthenticatorSettings> {
  const settings = new Map<string, string | undefined>()
  for (const [index, { variable }] of variablesOf(authenticator).entries()) {
    const id = variableId(instance, variable)
    if (graph.resource(id) === undefined) continue
    const found = values[index]
    settings.set(variable, found && openSecret(vault, id, found).toString('utf8'))
  }
  const named = authenticator.settings.filter(({ isAnnotation }) => isAnnotation === true)
  if (named.length === 0) return settings
  const annotations = await readAnnotations(webserviceOf(instance))
  for (const { variable } of named) {
    const value = annotations.get(variable)
    if (value !== undefined) settings.set(variable, value)
  }
  return settings
}

/**
 * The settings that are declared, without the white space around their values. Throws `unauthorized`, naming the variable, when one is
 * declared and has no value, because what was meant to be set must not count as switched off; and when one that is required is not there.
 */
export function declaredValues(
  authenticator: Pick<Authenticator, 'settings'>,
  instance: Instance,
  settings: AuthenticatorSettings,
): ReadonlyMap<string, string> {
  const declared = new Map<string, string>()
  for (const { variable, isRequired } of authenticator.settings) {
    const value = settings.get(variable)?.trim() ?? ''
    if (value !== '') declared.set(variable, value)
    else if (settings.has(variable))
      throw lacking('CONJ00037E Missing value for', instance, variable)
    else if (isRequired === true) throw lacking('CONJ00036E Missing required', instance, variable)
  }
  return declared
}

const lacking = (what: string, instance: Instance, variable: string): Failure =>
  new Failure('unauthorized', `${what} resource: ${variableId(instance, variable)}`)

/** Throws `unauthorized`, naming the variable and never its value, when a value cannot be one of its setting. */
export function mustHaveShapes(
  { settings }: Pick<Authenticator, 'settings'>,
  instance: Instance,
  declared: ReadonlyMap<string, string>,
): void {
  for (const { variable, shape } of settings) {
    const value = declared.get(variable)
    const complaint = value === undefined ? undefined : shape?.(value)
    if (complaint !== undefined) {
      const id = variableId(instance, variable)
      throw new Failure('unauthorized', `CONJ00037E The value of ${id} ${complaint}`)
    }
  }
}
