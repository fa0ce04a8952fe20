import type {
  AuthenticatorBody,
  AuthenticatorListBody,
  AuthenticatorStatusBody,
  MadeAuthorityBody,
  NewAuthenticatorBody,
  PreviousAuthority,
  RecognitionBody,
  RecognitionQuestionBody,
} from '#api/authenticator-wire.ts'
import {
  isAuthenticator,
  isAuthenticatorList,
  isAuthenticatorStatus,
  isMadeAuthority,
  isRecognition,
} from '#api/authenticator-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bodyOf, failureOf, mustSucceed } from './answers.ts'
import { parseJson } from './json.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'

/** `authn-jwt/kube`, or `authn-gcp` for a type of which there is only one. */
const INSTANCE = /^(?<authenticator>authn-[^/]+)(?:\/(?<service>[^/]+))?$/

/** What an {@link INSTANCE} consists of; throws `argument_error` for anything else. */
function partsOf(instance: string): { readonly authenticator: string; readonly service?: string } {
  const { authenticator, service } = INSTANCE.exec(instance)?.groups ?? {}
  if (authenticator === undefined) {
    throw new Failure('argument_error', `${quoted(instance)} is not an authenticator`, {
      hint: 'it has the form TYPE/NAME, for example authn-jwt/kube',
    })
  }
  return { authenticator, ...(service === undefined ? {} : { service }) }
}

/**
 * Enables or disables an authenticator of the account, on whose webservice the caller needs `update`. Throws `argument_error` when
 * `instance` names none, and `not_found` when the server knows none of that name, or none that the caller may know of.
 */
export async function enableAuthenticator(
  session: Session,
  instance: string,
  enabled: boolean,
): Promise<void> {
  const { authenticator, service } = partsOf(instance)
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

/** The media type of the v2 API, without which its routes refuse. */
const V2 = { Accept: 'application/x.secretsmgr.v2beta+json' } as const

/** The name under which the v2 API knows the one instance of a type. */
const SINGLE = 'default'

function v2PathOf({ account }: Session, instance: string): string {
  const { authenticator, service = SINGLE } = partsOf(instance)
  const type = authenticator.slice('authn-'.length)
  return fillPath(PATHS.authenticator, { account, type, name: service })
}

/** How many authenticators one request asks for. */
const PAGE = 1000

/** The authenticators of the account that the caller may know of, of one type (`jwt`) if that is named. */
export async function listAuthenticators(
  session: Session,
  type?: string,
): Promise<readonly AuthenticatorBody[]> {
  const path = fillPath(PATHS.authenticatorsOf, { account: session.account })
  const found: AuthenticatorBody[] = []
  let page: AuthenticatorListBody
  do {
    const query = queryOf({ type, limit: PAGE, offset: found.length })
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
    const answer = await session.succeed({ method: 'GET', path: path + query, headers: V2 })
    page = bodyOf(answer, isAuthenticatorList)
    found.push(...page.authenticators)
  } while (page.authenticators.length > 0 && found.length < page.count)
  return found
}

/** An authenticator with its variables, as far as the caller may read them. */
export const fetchAuthenticator = async (
  session: Session,
  instance: string,
): Promise<AuthenticatorBody> => {
  const path = v2PathOf(session, instance)
  return bodyOf(await session.succeed({ method: 'GET', path, headers: V2 }), isAuthenticator)
}

/** Makes an authenticator with everything that belongs to it. */
export async function createAuthenticator(
  session: Session,
  instance: string,
  details: Omit<NewAuthenticatorBody, 'type' | 'name'>,
): Promise<AuthenticatorBody> {
  const { authenticator, service = SINGLE } = partsOf(instance)
  const body: NewAuthenticatorBody = {
    type: authenticator.slice('authn-'.length),
    name: service,
    ...details,
  }
  const answer = await session.succeed({
    method: 'POST',
    path: fillPath(PATHS.authenticatorsOf, { account: session.account }),
    headers: { ...V2, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return bodyOf(answer, isAuthenticator)
}

/** Deletes an authenticator with everything that belongs to it. */
export async function deleteAuthenticator(session: Session, instance: string): Promise<void> {
  await session.succeed({ method: 'DELETE', path: v2PathOf(session, instance), headers: V2 })
}

/** How an authenticator is; that it is not well is an answer, that it may not be looked into a failure. */
export async function fetchAuthenticatorStatus(
  session: Session,
  instance: string,
): Promise<AuthenticatorStatusBody> {
  const { authenticator, service } = partsOf(instance)
  const { account } = session
  const path =
    service === undefined
      ? fillPath(PATHS.authenticatorStatus, { authenticator, account })
      : fillPath(PATHS.instanceStatus, { authenticator, service, account })
  const answer = await session.ask({ method: 'GET', path })
  const body = parseJson(answer.body.toString())
  if (answer.status === 500 && isAuthenticatorStatus(body)) return body
  if (answer.status < 200 || answer.status > 299) {
    if (isAuthenticatorStatus(body) && body.error !== undefined) {
      throw new Failure(failureOf(answer).code, body.error)
    }
  }
  return bodyOf(mustSucceed(answer), isAuthenticatorStatus)
}

/**
 * Makes the authority that signs the certificates of pods for an instance of authn-k8s. Throws `argument_error` for any other instance,
 * `conflict` when there is one already and `previous` does not say what is to become of it.
 */
export async function makeAuthority(
  session: Session,
  instance: string,
  previous: PreviousAuthority,
): Promise<MadeAuthorityBody> {
  const { authenticator, service } = partsOf(instance)
  if (authenticator !== 'authn-k8s' || service === undefined) {
    throw new Failure('argument_error', `${quoted(instance)} has no authority of its own`, {
      hint: 'it has the form authn-k8s/NAME',
    })
  }
  const answer = await session.succeed({
    method: 'POST',
    path: fillPath(PATHS.k8sAuthority, { service, account: session.account }),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ previous }),
  })
  return bodyOf(answer, isMadeAuthority)
}

/**
 * Why the role of a question would be recognised by an authenticator or not. Only a Strongroom tells; a server of another make answers
 * `not_found`.
 */
export async function explainAuthentication(
  session: Session,
  instance: string,
  question: RecognitionQuestionBody,
): Promise<RecognitionBody> {
  const { authenticator, service } = partsOf(instance)
  const { account } = session
  const answer = await session.succeed({
    method: 'POST',
    path:
      service === undefined
        ? fillPath(PATHS.explainAuthenticator, { authenticator, account })
        : fillPath(PATHS.explainInstance, { authenticator, service, account }),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(question),
  })
  return bodyOf(answer, isRecognition)
}
