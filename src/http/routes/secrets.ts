import { PATHS } from '#api/paths.ts'
import type { EndSecret } from '#app/end-secret.ts'
import type { FetchSecret } from '#app/fetch-secret.ts'
import type { SetSecret } from '#app/set-secret.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { SECRETS } from '#http/about/secrets.ts'
import { bytes, empty } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of secrets. */
export interface SecretUses {
  readonly fetchSecret: FetchSecret
  readonly setSecret: SetSecret
  readonly expireSecret: EndSecret
  readonly clearSecret: EndSecret
}

/** The largest secret that is taken, in bytes. */
const MAX_SECRET = 16 * 1024 * 1024

/** No store between us and the client may keep a secret (RFC 9111 5.2.2.5). */
export const NO_STORE = ['Cache-Control', 'no-store'] as const

type SecretCall = Call<'account' | 'kind' | 'id'>

/** Secrets (reference/conjur-api.md 1.10), one at a time. */
export const secretRoutes = (use: SecretUses): readonly Route[] => [
  route('GET', PATHS.secret, SECRETS.fetch, (call) => fetchOne(use, call)),
  route('POST', PATHS.secret, SECRETS.set, (call) => setOrExpire(use, call), {
    maxBody: MAX_SECRET,
  }),
  route('DELETE', PATHS.secret, SECRETS.clear, async (call) => {
    await use.clearSecret(await call.session(), secretIn(call))
    return empty(204)
  }),
]

const secretIn = ({ params: { account, kind, id } }: SecretCall): Id => makeId(account, kind, id)

async function setOrExpire(use: SecretUses, call: SecretCall): Promise<Answer> {
  const session = await call.session()
  const id = secretIn(call)
  if (call.query.has('expirations')) await use.expireSecret(session, id)
  else await use.setSecret(session, id, await call.body())
  return empty(201)
}

async function fetchOne(use: SecretUses, call: SecretCall): Promise<Answer> {
  const version = versionOf(call.query.get('version'))
  const session = await call.session()
  const { value, mimeType } = await use.fetchSecret(session, secretIn(call), version)
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
