import { PATHS } from '#api/paths.ts'
import type { BatchRequestBody, UnreadableBody } from '#api/wire.ts'
import { isBatch, isPartialBatch } from '#api/wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bodyOf, failureOf, mustSucceed } from './answers.ts'
import { variableId } from './ids.ts'
import { fetchSecret, secretPath } from './secrets.ts'
import type { Session } from './session.ts'
import type { Answer } from './transport.ts'

/** The longest URL, in bytes, that a batch asks with: what servers and proxies commonly take. */
const MAX_URL = 8192

/** How many ids the body of one request may name. */
const MAX_IDS = 1000

type Values = ReadonlyMap<string, Buffer>

/**
 * The values of variables, byte for byte, by the ids as they were given; all or none. One request where the ids fit a URL of 8 KB or the
 * server takes them in a body, a thousand at a time. From any other server as few as hold the ids in URLs; there an id with a comma,
 * which a URL cannot express, is fetched by itself.
 */
export async function fetchSecrets(session: Session, ids: readonly string[]): Promise<Values> {
  const fullIds = new Map(ids.map((id) => [id, variableId(session.account, id)]))
  const wanted = [...new Set(fullIds.values())]
  const isForUrl = chunksOf(wanted).length <= 1 && !wanted.some(hasComma)
  const posted = isForUrl ? undefined : await postBatches(session, wanted, false, valuesIn)
  const values = posted ?? (await getBatches(session, wanted))
  return new Map([...fullIds].map(([id, full]) => [id, mustHave(values, full)]))
}

/** The values of those variables that the caller may read, by the ids as they were given; the others are not in the map. */
export async function fetchReadableSecrets(
  session: Session,
  ids: readonly string[],
): Promise<Values> {
  const fullIds = new Map(ids.map((id) => [id, variableId(session.account, id)]))
  const wanted = [...new Set(fullIds.values())]
  const posted = await postBatches(session, wanted, true, readableIn)
  const values = posted ?? (await getReadable(session, wanted))
  return new Map(
    [...fullIds].flatMap(([id, full]) => {
      const value = values.get(full)
      return value === undefined ? [] : [[id, value] as const]
    }),
  )
}

/** Which of `ids` have no value that the caller may read; empty when the server cannot tell, being of another make. */
export async function unreadableAmong(
  session: Session,
  ids: readonly string[],
): Promise<readonly string[]> {
  const fullIds = new Map(ids.map((id) => [id, variableId(session.account, id)]))
  const readable = await postBatches(session, [...new Set(fullIds.values())], true, readableIn)
  return readable === undefined ? [] : ids.filter((id) => !readable.has(fullIds.get(id) ?? ''))
}

type Entries = readonly (readonly [string, Buffer])[]

/** The values that the server takes ids in a body for; `undefined` when it does not: then it is a server of another make. */
async function postBatches(
  session: Session,
  ids: readonly string[],
  partial: boolean,
  entriesIn: (answer: Answer) => Entries,
): Promise<Values | undefined> {
  const values = new Map<string, Buffer>()
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const body: BatchRequestBody = { variable_ids: ids.slice(start, start + MAX_IDS), partial }
    // One after the other: the second stretch of a refused batch need not be released at all.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await session.ask({
      method: 'POST',
      path: PATHS.secretValues,
      headers: { 'Accept-Encoding': 'base64', 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      isRepeatable: true,
    })
    if (isUnknownPath(answer)) return undefined
    for (const [id, value] of entriesIn(mustSucceed(answer))) values.set(id, value)
  }
  return values
}

/** A 404 that does not speak of a variable speaks of the path. */
const isUnknownPath = (answer: Answer): boolean =>
  answer.status === 405 ||
  (answer.status === 404 && !failureOf(answer).message.startsWith('CONJ00076E'))

async function getBatches(session: Session, ids: readonly string[]): Promise<Values> {
  const values = new Map<string, Buffer>()
  for (const chunk of chunksOf(ids.filter((id) => !hasComma(id)))) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await session.succeed({
      method: 'GET',
      path: BATCH + chunk.map(encodeURIComponent).join(COMMA),
      headers: { 'Accept-Encoding': 'base64' },
    })
    for (const [id, value] of valuesIn(answer)) values.set(id, value)
  }
  for (const id of ids.filter(hasComma)) {
    // oxlint-disable-next-line no-await-in-loop
    values.set(id, await fetchSecret(session, id))
  }
  return values
}

async function getReadable(session: Session, ids: readonly string[]): Promise<Values> {
  const values = new Map<string, Buffer>()
  for (const id of ids) {
    // One after the other: nobody asked for a hundred requests at once.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await session.ask({ method: 'GET', path: secretPath(session, id) })
    if (answer.status !== 403 && answer.status !== 404) values.set(id, mustSucceed(answer).body)
  }
  return values
}

const hasComma = (id: string): boolean => id.includes(',')

const BATCH = `${PATHS.secrets}?variable_ids=`
const COMMA = encodeURIComponent(',')

/** `ids` in order, cut so that each stretch fits a URL; a single id that is too long stands alone. */
export function chunksOf(ids: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = []
  let room = 0
  for (const id of ids) {
    const size = encodeURIComponent(id).length + COMMA.length
    if (chunks.length === 0 || size > room) {
      chunks.push([])
      room = MAX_URL - BATCH.length
    }
    chunks.at(-1)?.push(id)
    room -= size
  }
  return chunks
}

function valuesIn(answer: Answer): Entries {
  // Without it the values would be text, and binary ones damaged beyond notice.
  if (answer.headers['content-encoding'] !== 'base64') {
    throw new Failure('corrupt', 'the server did not encode the values as base64')
  }
  return Object.entries(bodyOf(answer, isBatch)).map(([id, text]) => [id, decode(id, text)])
}

function readableIn(answer: Answer): Entries {
  return Object.entries(bodyOf(answer, isPartialBatch)).flatMap(([id, member]) => {
    if ('value' in member) return [[id, Buffer.from(member.value, 'utf8')] as const]
    if ('base64' in member) return [[id, decode(id, member.base64)] as const]
    if (member.error === 'forbidden-or-absent') return []
    if (member.error === 'mfa-required') throw stepUpFor(member)
    if (member.error === 'not-issued') {
      throw new Failure('unavailable', `the issuer of ${quoted(id)} did not make its value`)
    }
    throw new Failure('corrupt', `the server cannot read its value of ${quoted(id)}`)
  })
}

/** As the server would have refused the whole of it. */
function stepUpFor(member: UnreadableBody & { readonly error: 'mfa-required' }): Failure {
  const { message, max_age: age } = member
  return new Failure('mfa_required', message, { wire: age === undefined ? {} : { max_age: age } })
}

function decode(id: string, text: string): Buffer {
  const packed = text.replaceAll(/\s/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw new Failure('corrupt', `the value of ${quoted(id)} did not arrive as base64`)
  }
  return Buffer.from(packed, 'base64')
}

function mustHave(values: Values, id: string): Buffer {
  const value = values.get(id)
  if (value === undefined) {
    throw new Failure('corrupt', `the server did not answer with a value of ${quoted(id)}`)
  }
  return value
}
