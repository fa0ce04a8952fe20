import { readFile } from 'node:fs/promises'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'
import { parseAccessToken } from './access-token.ts'
import { mustSucceed } from './answers.ts'
import { authenticateByCertificate } from './client-certificate.ts'
import type { OpenShowing } from './client-certificate.ts'
import type { Credentials, JwtCredentials } from './credentials.ts'
import type { Environment } from './settings.ts'
import type { CloudCredentials } from './strongroom-options.ts'
import type { TokenHolder } from './token-holder.ts'
import { fixedToken, freshToken, renewedToken } from './token-holder.ts'
import type { Answer, Transport } from './transport.ts'

/** What obtaining tokens needs. */
export interface TokenParts {
  readonly transport: Transport
  /** Opens connections that show a certificate. */
  readonly openShowing: OpenShowing
  readonly account: string
  /** Where the cloud of a workload says how to ask it. */
  readonly environment: Environment
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** The holder of access tokens for `credentials`; nothing is asked of anybody before the first token is needed. */
export function tokenHolder(credentials: Credentials, parts: TokenParts): TokenHolder {
  const { transport, account, openShowing, now } = parts
  switch (credentials.kind) {
    case 'anonymous':
      return fixedToken(() => {
        throw new Failure('unauthorized', 'not logged in', { hint: 'run `strongroom login`' })
      })
    case 'apiKey':
      return renewedToken(() => authenticateByKey(transport, account, credentials), now)
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
        async () =>
          authenticateByJwt(transport, account, credentials, await jwtOf(credentials.proof)),
        now,
      )
    case 'certificate':
      return renewedToken(
        async () => tokenIn(await authenticateByCertificate(openShowing, account, credentials)),
        now,
      )
    case 'iam':
    case 'azure':
    case 'gcp':
      return renewedToken(() => authenticateByCloud(credentials, parts), now)
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

/** The token that an API key is worth; throws `unauthorized` when it is wrong. */
export async function authenticateByKey(
  transport: Transport,
  account: string,
  { login, key }: { readonly login: string; readonly key: string },
): Promise<AccessToken> {
  const answer = await transport.send({
    method: 'POST',
    path: fillPath(PATHS.authenticate, { account, login }),
    headers: { 'Content-Type': 'text/plain' },
    body: key,
    isRepeatable: true,
  })
  return tokenIn(answer)
}

/** The token that a JWT is worth; throws `unauthorized` when it is not accepted. */
export async function authenticateByJwt(
  transport: Transport,
  account: string,
  { service, hostId }: Pick<JwtCredentials, 'service' | 'hostId'>,
  jwt: string,
): Promise<AccessToken> {
  const answer = await transport.send({
    method: 'POST',
    path:
      hostId === undefined
        ? fillPath(PATHS.authenticateJwt, { service, account })
        : fillPath(PATHS.authenticateJwtAs, { service, account, login: hostId }),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `jwt=${encodeURIComponent(jwt.trim())}`,
    isRepeatable: true,
  })
  return tokenIn(answer)
}

/** The token that the word of a workload's cloud is worth; throws `unauthorized` when it is not accepted, and whatever keeps the cloud from giving it. */
export async function authenticateByCloud(
  credentials: CloudCredentials,
  { transport, account, environment }: Pick<TokenParts, 'transport' | 'account' | 'environment'>,
): Promise<AccessToken> {
  // Loaded when such a workload logs in: nobody else needs it.
  const [{ cloudLogin }, { askPlatform }] = await Promise.all([
    import('./cloud/login-call.ts'),
    import('./cloud/platform.ts'),
  ])
  const parts = { environment, ask: askPlatform, readText: readProof, now: Date.now }
  return tokenIn(await transport.send(await cloudLogin(account, credentials, parts)))
}

const jwtOf = async (proof: JwtCredentials['proof']): Promise<string> =>
  'token' in proof ? proof.token : readProof(proof.file)

/** The access token that `text` is; throws `configuration`, without showing `text`, when it is none. */
export function mustBeToken(text: string, what: string): AccessToken {
  const token = parseAccessToken(text)
  if (token === undefined) throw new Failure('configuration', `${what} is not an access token`)
  return token
}

/** What proves who one is, from a file; throws `configuration` when it cannot be read. */
export async function readProof(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause: error })
  }
}
