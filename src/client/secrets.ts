import { fillPath, PATHS } from '#api/paths.ts'
import { isBatch } from '#api/wire.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bodyOf } from './answers.ts'
import { partsOf, variableId } from './ids.ts'
import type { Session } from './session.ts'

/** The longest URL, in bytes, that a batch asks with: what servers and proxies commonly take. */
const MAX_URL = 8192

/** The value of one variable, byte for byte; `version` counts from 1, the newest when absent. */
export async function fetchSecret(session: Session, id: string, version?: number): Promise<Buffer> {
  const path = secretPath(session, id)
  const query = version === undefined ? '' : `?version=${version}`
  return (await session.succeed({ method: 'GET', path: path + query })).body
}

/**
 * The values of variables, byte for byte, by the ids as they were given; all or none. One request, or as few as hold the ids
 * in URLs of 8 KB; an id with a comma, which the batch cannot express, is fetched by itself.
 */
export async function fetchSecrets(
  session: Session,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const fullIds = new Map(ids.map((id) => [id, variableId(session.account, id)]))
  const wanted = [...new Set(fullIds.values())]
  const values = new Map<string, Buffer>()
  for (const chunk of chunksOf(wanted.filter((id) => !id.includes(',')))) {
    // One after the other: the second chunk of a refused batch need not be released at all.
    // oxlint-disable-next-line no-await-in-loop
    for (const [id, value] of await fetchBatch(session, chunk)) values.set(id, value)
  }
  for (const id of wanted.filter((one) => one.includes(','))) {
    // oxlint-disable-next-line no-await-in-loop
    values.set(id, await fetchSecret(session, id))
  }
  return new Map([...fullIds].map(([id, full]) => [id, mustHave(values, full)]))
}

/** Adds a value; the same as the current one changes nothing. Throws `argument_error` when it is empty. */
export async function storeSecret(session: Session, id: string, value: Uint8Array): Promise<void> {
  await session.succeed({
    method: 'POST',
    path: secretPath(session, id),
    headers: { 'Content-Type': 'application/octet-stream' },
    body: value,
  })
}

const secretPath = (session: Session, id: string): string =>
  fillPath(PATHS.secret, { ...partsOf(variableId(session.account, id)) })

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

async function fetchBatch(
  session: Session,
  ids: readonly string[],
): Promise<readonly (readonly [string, Buffer])[]> {
  const answer = await session.succeed({
    method: 'GET',
    path: BATCH + ids.map(encodeURIComponent).join(COMMA),
    headers: { 'Accept-Encoding': 'base64' },
  })
  // Without it the values would be text, and binary ones damaged beyond notice.
  if (answer.headers['content-encoding'] !== 'base64') {
    throw new Failure('corrupt', 'the server did not encode the values as base64')
  }
  return Object.entries(bodyOf(answer, isBatch)).map(([id, text]) => [id, decode(id, text)])
}

function decode(id: string, text: string): Buffer {
  const packed = text.replaceAll(/\s/g, '')
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    throw new Failure('corrupt', `the value of ${quoted(id)} did not arrive as base64`)
  }
  return Buffer.from(packed, 'base64')
}

function mustHave(values: ReadonlyMap<string, Buffer>, id: string): Buffer {
  const value = values.get(id)
  if (value === undefined) {
    throw new Failure('corrupt', `the server did not answer with a value of ${quoted(id)}`)
  }
  return value
}
