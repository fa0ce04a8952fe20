import { Failure } from '#lib/failure.ts'
import type { Invitation } from './authenticator.ts'
import { instanceIn } from './instance-place.ts'
import { isEnabled, settingIds, settingsOf, webserviceOf } from './instance-settings.ts'
import type { Instance } from './instance-settings.ts'
import { mustBeInstalled } from './recognition.ts'
import type { RecognitionParts } from './recognition.ts'

/** An authenticator that somebody can go to. */
export interface LoginOffer extends Invitation {
  readonly service: string
}

/**
 * The authenticators of a type by which people of an account can log in now, by name: those that are enabled, configured and reachable; each
 * call invites anew. Everybody may ask, before they have a token (reference/conjur-api.md 6.5). None of them makes the others wait
 * for longer than `patience` milliseconds. It is not recorded: nothing is stored, and nothing gained but a place to log in.
 */
export type OfferLogins = (account: string, type: string) => Promise<readonly LoginOffer[]>

/** How long one that hangs may hold up the list, in milliseconds. */
const PATIENCE = 1500

/** The most authenticators that are offered, by name: whoever asks is nobody yet. */
const MOST = 100

export function offerLogins(parts: RecognitionParts, patience: number = PATIENCE): OfferLogins {
  return async (account, type) => {
    const authenticator = mustBeInstalled(parts, type)
    const known = await parts.gate.pass()
    const names = [...new Set([...known.authenticators.enabled(), ...parts.enabled])].toSorted()
    const instances = names
      .flatMap((name) => instanceOf(account, name) ?? [])
      .filter((instance) => instance.type === type)
      .filter((instance) => known.graph.resource(webserviceOf(instance)) !== undefined)
      .filter((instance) => isEnabled(parts.enabled, known, instance))
      .slice(0, MOST)
    const offers = instances.map((instance) =>
      within(patience, offer(parts, authenticator, instance)),
    )
    return (await Promise.all(offers)).filter((made) => made !== undefined)
  }
}

/** An instance that has a name. */
type NamedInstance = Instance & { readonly service: string }

function instanceOf(account: string, name: string): NamedInstance | undefined {
  const { authenticator: type, service } = instanceIn(`conjur/${name}`) ?? {}
  return type === undefined || service === undefined ? undefined : { account, type, service }
}

async function offer(
  parts: RecognitionParts,
  authenticator: ReturnType<typeof mustBeInstalled>,
  instance: NamedInstance,
): Promise<LoginOffer | undefined> {
  const wants = settingIds(authenticator, instance).map((resource) => ({ resource }))
  const settings = await settingsOf(parts, authenticator, instance, await parts.gate.pass(wants))
  try {
    const invitation = await authenticator.invite?.(instance, settings)
    return invitation && { ...invitation, service: instance.service }
  } catch (error) {
    // Its status tells why; here it is as if it were not there.
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** What `work` brings within so many milliseconds, else nothing; what fails later is of no interest to anybody. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, ms, undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
