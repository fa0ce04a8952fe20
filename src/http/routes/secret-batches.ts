import { isUtf8 } from 'node:buffer'
import { PATHS } from '#api/paths.ts'
import type { UnreadableBody } from '#api/wire.ts'
import type { FetchReadableSecrets, FetchSecrets, Unreadable } from '#app/fetch-secrets.ts'
import { parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { SECRETS } from '#http/about/secrets.ts'
import { jsonText, withHeader } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { isObject, parseJsonBody } from '#http/json-body.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { NO_STORE } from './secrets.ts'

/** The use-cases behind the routes of several secrets at once. */
export interface SecretBatchUses {
  readonly fetchSecrets: FetchSecrets
  readonly fetchReadableSecrets: FetchReadableSecrets
}

/** The largest list of ids that is taken, in bytes: a thousand of the longest ids. */
const MAX_LIST = 4 * 1024 * 1024

/**
 * Several secrets in one answer: the ids in the query, as the Conjur API has it (reference/conjur-api.md 1.10), or in a body, where there
 * is room for a thousand (docs/reference/extensions.md).
 */
export const secretBatchRoutes = (use: SecretBatchUses): readonly Route[] => [
  route('GET', PATHS.secrets, SECRETS.fetchMany, async (call) =>
    fetchMany(use, call, batchInQuery(call.query)),
  ),
  route(
    'POST',
    PATHS.secretValues,
    SECRETS.fetchListed,
    async (call) => fetchMany(use, call, batchInBody(await call.body())),
    { maxBody: MAX_LIST },
  ),
]

/** What a batch asks for. */
interface Batch {
  readonly ids: readonly Id[]
  /** Whether to answer with what may be read, where otherwise all would be refused. */
  readonly isPartial: boolean
}

const batchInQuery = (query: URLSearchParams): Batch => ({
  ids: idsOf((query.get('variable_ids') ?? '').split(',')),
  isPartial: query.get('partial') === 'true',
})

function batchInBody(body: Buffer): Batch {
  const asked = parseJsonBody(body)
  const { variable_ids: ids, partial = false } = isObject(asked) ? asked : {}
  if (!isTexts(ids) || ids.length === 0) throw new Failure('argument_error', 'variable_ids')
  if (typeof partial !== 'boolean') throw new Failure('argument_error', 'partial')
  return { ids: idsOf(ids), isPartial: partial }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

function idsOf(ids: readonly string[]): readonly Id[] {
  if (ids.some((id) => id.trim() === '')) throw new Failure('argument_error', 'variable_ids')
  return ids.map((id) => parseId(id))
}

async function fetchMany(
  use: SecretBatchUses,
  call: Call,
  { ids, isPartial }: Batch,
): Promise<Answer> {
  const session = await call.session()
  const inBase64 = call.header('accept-encoding').toLowerCase() === 'base64'
  if (isPartial) {
    const found = await use.fetchReadableSecrets(session, ids)
    return secretAnswer(printMembers(found, (value) => printEach(value, inBase64)))
  }
  const values = await use.fetchSecrets(session, ids)
  const answer = secretAnswer(printMembers(values, inBase64 ? lines : utf8))
  return inBase64 ? withHeader(answer, 'Content-Encoding', 'base64') : answer
}

const secretAnswer = (text: string): Answer => withHeader(jsonText(200, text), ...NO_STORE)

/** JSON by id: member by member, because an object of a thousand names would be made only to be printed. Wipes the values. */
function printMembers<Value>(
  values: ReadonlyMap<Id, Value>,
  print: (value: Value) => unknown,
): string {
  const members: string[] = []
  for (const [id, value] of values) {
    members.push(`${JSON.stringify(id)}:${JSON.stringify(print(value))}`)
    if (Buffer.isBuffer(value)) value.fill(0)
  }
  return `{${members.join(',')}}`
}

/** Base64 in lines of 60 characters, each ended: the form that existing clients were written against. */
const lines = (value: Buffer): string => value.toString('base64').replaceAll(/.{1,60}/g, '$&\n')

const UTF8 = new TextDecoder('utf8', { fatal: true, ignoreBOM: true })

function utf8(value: Buffer): string {
  try {
    return UTF8.decode(value)
  } catch (error) {
    const message =
      "CONJ00074E Issue encoding secret into JSON format, try including 'Accept-Encoding: base64' header in request."
    throw new Failure('not_acceptable', message, { cause: error })
  }
}

/** One secret of a partial answer, which says of each value how it is written: one that is no text does not spoil the others. */
function printEach(value: Buffer | Unreadable, inBase64: boolean): unknown {
  if (!Buffer.isBuffer(value)) return printUnreadable(value)
  return inBase64 || !isUtf8(value)
    ? { base64: value.toString('base64') }
    : { value: UTF8.decode(value) }
}

function printUnreadable(why: Unreadable): UnreadableBody {
  if (why.error !== 'mfa-required') return why
  const { message, wire } = why.refusal
  const age = wire['max_age']
  return { error: why.error, message, ...(typeof age === 'number' ? { max_age: age } : {}) }
}
