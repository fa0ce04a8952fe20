import { fillPath, PATHS } from '#api/paths.ts'
import type { CreatedHostBody, HostFactoryTokenBody } from '#api/host-factory-wire.ts'
import { isCreatedHost, isHostFactoryTokens } from '#api/host-factory-wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bodyOf, mustSucceed } from './answers.ts'
import type { Session } from './session.ts'
import type { Transport } from './transport.ts'

/** Which host factory tokens are wanted. */
export interface TokenOrder {
  /** `shop/hosts` or a full id. */
  readonly factory: string
  readonly expiration: Date
  /** One when absent. */
  readonly count?: number
  /** Addresses and ranges from which they may be used; everywhere when absent. */
  readonly cidrs?: readonly string[]
  /** How many hosts each of them may make; any number when absent. */
  readonly maxUses?: number
}

/** A host to be made. */
export interface HostOrder {
  /** Its whole identifier, without `host/`. */
  readonly id: string
  readonly annotations?: Readonly<Record<string, string>>
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' } as const

/** Makes tokens of a host factory, on which the caller needs `execute`. */
export async function createHostFactoryTokens(
  session: Session,
  { factory, expiration, count = 1, cidrs = [], maxUses }: TokenOrder,
): Promise<readonly HostFactoryTokenBody[]> {
  const form = new URLSearchParams({
    host_factory: factoryId(session.account, factory),
    expiration: expiration.toISOString(),
    count: String(count),
  })
  for (const cidr of cidrs) form.append('cidr[]', cidr)
  if (maxUses !== undefined) form.set('max_uses', String(maxUses))
  const answer = await session.succeed({
    method: 'POST',
    path: PATHS.hostFactoryTokens,
    headers: FORM,
    body: form.toString(),
  })
  return bodyOf(answer, isHostFactoryTokens)
}

/** Revokes a host factory token, for which the caller needs `update` on its factory. */
export async function revokeHostFactoryToken(session: Session, token: string): Promise<void> {
  await session.succeed({
    method: 'DELETE',
    path: fillPath(PATHS.hostFactoryToken, { token: mustBeToken(token) }),
  })
}

/** Makes a host, or gives one of the same factory a new API key. The token is all that it takes: nobody needs to be logged in. */
export async function createHost(
  transport: Transport,
  token: string,
  { id, annotations = {} }: HostOrder,
): Promise<CreatedHostBody> {
  const form = new URLSearchParams({ id })
  for (const [name, value] of Object.entries(annotations)) form.set(`annotations[${name}]`, value)
  const answer = await transport.send({
    method: 'POST',
    path: PATHS.hostFactoryHosts,
    headers: { ...FORM, Authorization: `Token token="${mustBeToken(token)}"` },
    body: form.toString(),
  })
  return bodyOf(mustSucceed(answer), isCreatedHost)
}

/** The full id of a host factory that `id` names. A colon in anything but a full id belongs to the identifier. */
function factoryId(account: string, id: string): string {
  if (id === '') throw new Failure('argument_error', `${quoted(id)} is not an id`)
  if (id.startsWith('host_factory:')) return `${account}:${id}`
  return /^[^:]+:host_factory:/.test(id) ? id : `${account}:host_factory:${id}`
}

/** It goes into a header and a path, so it must not be able to say anything else there; it is not repeated in the message. */
function mustBeToken(token: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(token)) return token
  throw new Failure('argument_error', 'this is not a host factory token')
}
