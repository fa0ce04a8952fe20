import { readFile } from 'node:fs/promises'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import { parseAccessToken } from './access-token.ts'
import { mustSucceed } from './answers.ts'
import { authenticateByCertificate } from './client-certificate.ts'
import type { OpenShowing } from './client-certificate.ts'
import type { Credentials, JwtCredentials } from './credentials.ts'
import type { TokenHolder } from './token-holder.ts'
import { fixedToken, freshToken, renewedToken } from './token-holder.ts'
import type { Answer, Call, Transport } from './transport.ts'

/** The holder of access tokens for `credentials`, for which `openShowing` opens connections that show a certificate; nothing is asked of the server before the first token is needed. */
export function tokenHolder(
  transport: Transport,
  account: string,
  credentials: Credentials,
  now: () => number,
  openShowing: OpenShowing,
): TokenHolder {
  switch (credentials.kind) {
    case 'anonymous':
      return fixedToken(() => {
        throw new Failure('unauthorized', 'not logged in', { hint: 'run `strongroom login`' })
      })
    case 'apiKey':
      return renewedToken(() => authenticate(transport, keyCall(account, credentials)), now)
    case 'token':
      return fixedToken(() => mustBeToken(credentials.token, 'the access token'))
    case 'tokenFile':
      return freshToken(async () =>
        mustBeToken(
          await readProof(credentials.path),
          `the content of ${quoted(credentials.path)}`,
        ),
      )
    case 'jwt':
      return renewedToken(
        async () => authenticate(transport, await jwtCall(account, credentials)),
        now,
      )
    case 'certificate':
      return renewedToken(
        async () => tokenIn(await authenticateByCertificate(openShowing, account, credentials)),
        now,
      )
  }
}

/** The value of an `Authorization` header that proves knowledge of a password or an API key (RFC 7617). */
export const basicAuthorization = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`

/** Who logs in, and what proves it. */
export interface PasswordLogin {
  readonly login: string
  readonly password: string
  /** The LDAP directory that knows the password, by the name of its authenticator; the server itself when absent. */
  readonly ldapService?: string
}

/** Exchanges a password for an API key; throws `unauthorized` when it is wrong. */
export async function exchangePassword(
  transport: Transport,
  account: string,
  { login, password, ldapService }: PasswordLogin,
): Promise<string> {
  const path =
    ldapService === undefined
      ? fillPath(PATHS.login, { account })
      : fillPath(PATHS.loginLdap, { service: ldapService, account })
  const headers = { Authorization: basicAuthorization(login, password) }
  return mustSucceed(await transport.send({ method: 'GET', path, headers })).body.toString()
}

/** Replaces the password of whoever knows the present one, or the API key; throws `unauthorized` when that is wrong. */
export async function changePassword(
  transport: Transport,
  account: string,
  { login, password }: PasswordLogin,
  replacement: string,
): Promise<void> {
  const answer = await transport.send({
    method: 'PUT',
    path: fillPath(PATHS.password, { account }),
    headers: {
      Authorization: basicAuthorization(login, password),
      'Content-Type': 'text/plain',
    },
    body: replacement,
  })
  mustSucceed(answer)
}

/** The token of a server's answer; throws its refusal, and `corrupt` for anything else. */
export function tokenIn(answer: Answer): AccessToken {
  const token = parseAccessToken(mustSucceed(answer).body.toString())
  if (token === undefined) throw new Failure('corrupt', 'the server did not answer with a token')
  return token
}

async function authenticate(transport: Transport, call: Call): Promise<AccessToken> {
  return tokenIn(await transport.send(call))
}

const keyCall = (
  account: string,
  credentials: { readonly login: string; readonly key: string },
): Call => ({
  method: 'POST',
  path: fillPath(PATHS.authenticate, { account, login: credentials.login }),
  headers: { 'Content-Type': 'text/plain' },
  body: credentials.key,
  isRepeatable: true,
})

async function jwtCall(account: string, credentials: JwtCredentials): Promise<Call> {
  const { service, hostId, proof } = credentials
  const jwt = 'token' in proof ? proof.token : await readProof(proof.file)
  const path =
    hostId === undefined
      ? fillPath(PATHS.authenticateJwt, { service, account })
      : fillPath(PATHS.authenticateJwtAs, { service, account, login: hostId })
  return {
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `jwt=${encodeURIComponent(jwt.trim())}`,
    isRepeatable: true,
  }
}

function mustBeToken(text: string, what: string): AccessToken {
  const token = parseAccessToken(text)
  if (token === undefined) throw new Failure('configuration', `${what} is not an access token`)
  return token
}

async function readProof(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause: error })
  }
}
