import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
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
export const settingIds = ({ settings }: Authenticator, instance: Instance): readonly Id[] =>
  settings.map((name) =>
    makeId(instance.account, 'variable', `conjur/${instanceName(instance)}/${name}`),
  )

/**
 * The configuration of an instance, from a passage that brought the values of {@link settingIds}. The server reads its own
 * configuration with no role's rights: nothing of it leaves.
 */
export function settingsOf(
  vault: Vault,
  authenticator: Authenticator,
  instance: Instance,
  { graph, values }: Passage,
): AuthenticatorSettings {
  const settings = new Map<string, string | undefined>()
  for (const [index, id] of settingIds(authenticator, instance).entries()) {
    const name = authenticator.settings[index]
    if (name === undefined || graph.resource(id) === undefined) continue
    const found = values[index]
    settings.set(name, found && openSecret(vault, id, found).toString('utf8'))
  }
  return settings
}
