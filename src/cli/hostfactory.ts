import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { readLine } from './input.ts'

interface TokenOrderInput {
  readonly hostfactoryId?: string
  readonly hostfactoryid?: string
  /** Milliseconds. */
  readonly duration?: number
  readonly durationDays?: number
  readonly durationHours?: number
  readonly durationMinutes?: number
  readonly cidr?: readonly string[]
  readonly count: number
  readonly maxUses?: number
}

interface TokenInput {
  readonly token: string
}

/** `strongroom hostfactory tokens create`: tokens, which are shown this once. */
export async function createTokens(context: CliContext, input: TokenOrderInput): Promise<void> {
  const { hostfactoryId, hostfactoryid, count, cidr, maxUses } = input
  const factory = hostfactoryId ?? hostfactoryid ?? ''
  if (factory === '') throw new Failure('usage', 'Must specify --hostfactory-id')
  const order = {
    factory,
    expiration: new Date(Date.now() + lifeOf(input)),
    count,
    ...(cidr === undefined ? {} : { cidrs: cidr }),
    ...(maxUses === undefined ? {} : { maxUses }),
  }
  await context.withClient(async (client) =>
    context.show({
      data: await client.createHostFactoryTokens(order),
      columns: ['token', 'expiration', 'cidr', 'max_uses'],
    }),
  )
}

const MINUTE = 60_000

/** In milliseconds. Older clients say it in days, hours and minutes. */
function lifeOf({
  duration,
  durationDays,
  durationHours,
  durationMinutes,
}: TokenOrderInput): number {
  const parts = [durationDays, durationHours, durationMinutes]
  if (parts.some((part = 0) => part < 0)) {
    throw new Failure('usage', 'duration values must be positive')
  }
  if (parts.every((part) => part === undefined)) return duration ?? 10 * MINUTE
  if (duration !== undefined) {
    const text = 'duration can not be used with duration-days, duration-hours or duration-minutes'
    throw new Failure('usage', text)
  }
  const [days = 0, hours = 0, minutes = 0] = parts
  return ((days * 24 + hours) * 60 + minutes) * MINUTE
}

/** `strongroom hostfactory tokens revoke`. */
export async function revokeToken(context: CliContext, input: TokenInput): Promise<void> {
  const token = await tokenFrom(context, input)
  await context.withClient((client) => client.revokeHostFactoryToken(token))
  await done(context, 'Token has been revoked.', {})
}

/** `strongroom hostfactory hosts create`: a host by a token, with its API key, which is shown this once. */
export async function createHost(
  context: CliContext,
  { id, ...input }: TokenInput & { readonly id: string },
): Promise<void> {
  const token = await tokenFrom(context, input)
  await context.withClient(async (client) =>
    context.show({ data: await client.createHost(token, { id }) }),
  )
}

/** A token on the command line is visible to others for as long as the command runs. */
const tokenFrom = async (context: CliContext, { token }: TokenInput): Promise<string> =>
  token === '-' ? readLine(context) : token
