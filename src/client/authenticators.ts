import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { Session } from './session.ts'

/** `authn-jwt/kube`, or `authn-gcp` for a type of which there is only one. */
const INSTANCE = /^(?<authenticator>authn-[^/]+)(?:\/(?<service>[^/]+))?$/

/**
 * Enables or disables an authenticator of the account, on whose webservice the caller needs `update`. Throws `argument_error` when
 * `instance` names none, and `not_found` when the server knows none of that name, or none that the caller may know of.
 */
export async function enableAuthenticator(
  session: Session,
  instance: string,
  enabled: boolean,
): Promise<void> {
  const { authenticator, service } = INSTANCE.exec(instance)?.groups ?? {}
  if (authenticator === undefined) {
    throw new Failure('argument_error', `${quoted(instance)} is not an authenticator`, {
      hint: 'it has the form TYPE/NAME, for example authn-jwt/kube',
    })
  }
  const { account } = session
  const path =
    service === undefined
      ? fillPath(PATHS.enableAuthenticator, { authenticator, account })
      : fillPath(PATHS.enableInstance, { authenticator, service, account })
  try {
    await session.succeed({
      method: 'PATCH',
      path,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `enabled=${enabled}`,
    })
  } catch (error) {
    throw await meantBy(error, session, instance)
  }
}

/** The server answers 401 also when there is no such authenticator; who is logged in nevertheless can be told so. */
async function meantBy(error: unknown, session: Session, instance: string): Promise<unknown> {
  if (!(error instanceof Failure) || error.code !== 'unauthorized') return error
  const answer = await session.ask({ method: 'GET', path: PATHS.whoami })
  if (answer.status !== 200) return error
  return new Failure('not_found', `there is no authenticator ${quoted(instance)}`, {
    cause: error,
    hint: 'it needs a webservice in the policy conjur/TYPE/NAME that you may see',
  })
}
