import { PATHS } from '#api/paths.ts'
import type { FetchSecret, FetchSecrets } from '#app/fetch-secret.ts'
import type { SetSecret } from '#app/set-secret.ts'
import { makeId, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { bytes, empty, jsonText, withHeader } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of secrets. */
export interface SecretUses {
  readonly fetchSecret: FetchSecret
  readonly fetchSecrets: FetchSecrets
  readonly setSecret: SetSecret
}

/** The largest secret that is taken, in bytes. */
const MAX_SECRET = 16 * 1024 * 1024

/** No store between us and the client may keep a secret (RFC 9111 5.2.2.5). */
const NO_STORE = ['Cache-Control', 'no-store'] as const

/** Secrets (reference/conjur-api.md 1.10). */
export const secretRoutes = (use: SecretUses): readonly Route[] => [
  route('GET', PATHS.secret, (call) => fetchOne(use, call)),
  route('GET', PATHS.secrets, (call) => fetchMany(use, call)),
  route(
    'POST',
    PATHS.secret,
    async (call) => {
      const { account, kind, id } = call.params
      const session = await call.session()
      await use.setSecret(session, makeId(account, kind, id), await call.body())
      return empty(201)
    },
    { maxBody: MAX_SECRET },
  ),
]

async function fetchOne(use: SecretUses, call: Call<'account' | 'kind' | 'id'>): Promise<Answer> {
  const { account, kind, id } = call.params
  const version = versionOf(call.query.get('version'))
  const session = await call.session()
  const { value, mimeType } = await use.fetchSecret(session, makeId(account, kind, id), version)
  return bytes(mimeType ?? 'application/octet-stream', value, [
    ...NO_STORE,
    'Content-Disposition',
    'attachment',
    'Content-Transfer-Encoding',
    'binary',
  ])
}

function versionOf(version: string | null): number | undefined {
  if (version === null) return undefined
  if (!/^\d{1,9}$/.test(version)) {
    throw new Failure('unprocessable_entity', "invalid type for parameter 'version'")
  }
  return Number(version)
}

async function fetchMany(use: SecretUses, call: Call): Promise<Answer> {
  const ids = idsOf(call.query.get('variable_ids'))
  const inBase64 = call.header('accept-encoding').toLowerCase() === 'base64'
  const values = await use.fetchSecrets(await call.session(), ids)
  const answer = withHeader(
    jsonText(200, printValues(values, inBase64 ? lines : utf8)),
    ...NO_STORE,
  )
  return inBase64 ? withHeader(answer, 'Content-Encoding', 'base64') : answer
}

/** The JSON of the values by id: member by member, because an object of a thousand names would be made only to be printed. */
function printValues(values: ReadonlyMap<Id, Buffer>, print: (value: Buffer) => string): string {
  const members: string[] = []
  for (const [id, value] of values) {
    members.push(`${JSON.stringify(id)}:${JSON.stringify(print(value))}`)
    value.fill(0)
  }
  return `{${members.join(',')}}`
}

function idsOf(list: string | null): readonly Id[] {
  const ids = (list ?? '').split(',')
  if (ids.some((id) => id.trim() === '')) throw new Failure('argument_error', 'variable_ids')
  return ids.map((id) => parseId(id))
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
