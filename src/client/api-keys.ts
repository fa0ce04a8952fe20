import { fillPath, PATHS } from '#api/paths.ts'
import { Failure } from '#lib/failure.ts'
import { mustSucceed } from './answers.ts'
import { basicAuthorization } from './authentication.ts'
import type { Credentials } from './credentials.ts'
import { fullId } from './ids.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'
import type { Transport } from './transport.ts'

/**
 * Replaces the caller's own API key and answers with the new one; the old one dies at once. A token does not suffice for that
 * (reference/conjur-api.md 1.6), so without an API key it throws `credential_weak`.
 */
export async function rotateOwnKey(
  transport: Transport,
  account: string,
  credentials: Credentials,
): Promise<string> {
  if (credentials.kind !== 'apiKey') {
    throw new Failure('credential_weak', 'only who knows the API key can replace it')
  }
  const answer = await transport.send({
    method: 'PUT',
    path: fillPath(PATHS.apiKey, { account }),
    headers: { Authorization: basicAuthorization(credentials.login, credentials.key) },
  })
  return mustSucceed(answer).body.toString()
}

/** Replaces the API key of another `role` (`kind:id` or a full id), on which the caller needs `update`. */
export async function rotateKeyOf(session: Session, role: string): Promise<string> {
  const query = queryOf({ role: fullId(session.account, role) })
  const path = fillPath(PATHS.apiKey, { account: session.account }) + query
  return (await session.succeed({ method: 'PUT', path })).body.toString()
}
