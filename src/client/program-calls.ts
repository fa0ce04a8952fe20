import { PATHS } from '#api/paths.ts'
import { isWhoAmI } from '#api/wire.ts'
import type { FailureCode } from '#lib/failure.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bodyOf } from './answers.ts'
import { listAllResources } from './resources.ts'
import { fetchSecrets, unreadableAmong } from './secret-batches.ts'
import { ServerRefusal } from './server-refusal.ts'
import type { Session } from './session.ts'
import type { Identity, ListOptions, Resource } from './strongroom.ts'

/** The values of all of `ids`; a refusal names those that cannot be read, where the server tells. */
export async function allSecrets(
  session: Session,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  try {
    return await fetchSecrets(session, ids)
  } catch (error) {
    if (!(error instanceof ServerRefusal) || !ABOUT_IDS.has(error.code)) throw error
    const unreadable = await unreadableAmong(session, ids)
    if (unreadable.length === 0) throw error
    const { code, answered } = error
    throw new ServerRefusal(code, refusalOf(unreadable), { answered, ids: unreadable })
  }
}

const ABOUT_IDS: ReadonlySet<FailureCode> = new Set(['forbidden', 'not_found'])

/** How many ids a message names. */
const NAMED = 5

function refusalOf(ids: readonly string[]): string {
  const names = ids.slice(0, NAMED).map((id) => quoted(id))
  const more = ids.length > NAMED ? [`${ids.length - NAMED} more`] : []
  const list = new Intl.ListFormat('en').format([...names, ...more])
  return `${list} cannot be read: not there, without a value, or not permitted`
}

/** A value as text; throws `not_acceptable` when it is not UTF-8. */
export function utf8Of(id: string, value: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Failure('not_acceptable', `the value of ${quoted(id)} is not text in UTF-8`, {
      hint: 'read it as bytes',
    })
  }
}

/** The bytes of a value that a program sets; throws `argument_error`, without showing it, for what has none. */
export function bytesOf(value: Uint8Array | string): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string' && value.isWellFormed()) return Buffer.from(value)
  throw new Failure('argument_error', 'the value is neither bytes nor text', {
    hint: 'a text must not hold one half of a surrogate pair, which no encoding has',
  })
}

/** Throws `argument_error` for what programs without types pass as ids. */
export function mustBeIds(ids: readonly string[]): void {
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return
  throw new Failure('argument_error', 'an id is a text, and several are an array of texts')
}

/** The resources that the caller may see, page by page. */
export async function listed(
  session: Session,
  { kind, search, role }: ListOptions,
): Promise<readonly Resource[]> {
  const filter = {
    ...(kind === undefined ? {} : { kind }),
    ...(search === undefined ? {} : { search }),
    ...(role === undefined ? {} : { role }),
  }
  const bodies = await listAllResources(session, filter)
  return bodies.map(({ id, owner }) => ({ id, owner }))
}

/** Who the caller is. */
export async function identityOf(session: Session): Promise<Identity> {
  const body = bodyOf(await session.succeed({ method: 'GET', path: PATHS.whoami }), isWhoAmI)
  return { account: body.account, login: body.username, clientIp: body.client_ip }
}
