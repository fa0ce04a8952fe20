import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure, quoted } from '#lib/failure.ts'
import type { Credentials } from './credentials.ts'
import { isOfCloud } from './credentials.ts'
import { hostLogin } from './host-login.ts'
import { parseJson } from './json.ts'

/**
 * Who the bearer of `credentials` is, as a text that stays the same when a key or a token is renewed and holds none. It is a name and no
 * proof: what a token says of itself is not verified. Throws `configuration` when a file cannot be read.
 */
export async function identityOf(credentials: Credentials): Promise<string> {
  if (credentials.kind === 'apiKey') return `login ${credentials.login}`
  if (credentials.kind === 'token') return `token ${subjectOfToken(credentials.token)}`
  if (credentials.kind === 'tokenFile') {
    return `token ${subjectOfToken(await readProof(credentials.path))}`
  }
  if (credentials.kind === 'jwt') {
    const { service, hostId = '', proof } = credentials
    const jwt = 'token' in proof ? proof.token : await readProof(proof.file)
    return `jwt ${JSON.stringify([service, hostId, subjectOfJwt(jwt)])}`
  }
  if (credentials.kind === 'certificate') {
    const { service, hostId = '', certFile } = credentials
    return `certificate ${JSON.stringify([service, hostId, subjectOf(await readProof(certFile))])}`
  }
  if (isOfCloud(credentials)) {
    // The cloud alone knows more, and is asked when somebody logs in.
    const { kind, hostId, ...rest } = credentials
    return `${kind} ${JSON.stringify([hostLogin(hostId), rest])}`
  }
  return credentials.kind
}

/** The `sub` of an access token, as JSON or in base64. */
function subjectOfToken(text: string): string {
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString()
  const token = parseJson(json)
  const payload = memberOf(token, 'payload')
  return subjectIn(typeof payload === 'string' ? payload : undefined, text)
}

const subjectOfJwt = (text: string): string => subjectIn(text.trim().split('.')[1], text)

/** The issuer and the subject of claims; where there are none, a digest of the whole, so that two are never taken for one. */
function subjectIn(payload: string | undefined, whole: string): string {
  const claims = parseJson(Buffer.from(payload ?? '', 'base64url').toString())
  const subject = memberOf(claims, 'sub')
  if (typeof subject !== 'string') return createHash('sha256').update(whole).digest('hex')
  return JSON.stringify([memberOf(claims, 'iss') ?? '', subject])
}

/** The names in a certificate, which stay when it is renewed; a digest of what is none. */
function subjectOf(pem: string): readonly string[] {
  try {
    const { issuer, subject, subjectAltName = '' } = new X509Certificate(pem)
    return [issuer, subject, subjectAltName]
  } catch {
    // Whoever authenticates with it is told what is wrong.
    return [createHash('sha256').update(pem).digest('hex')]
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

async function readProof(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause: error })
  }
}
