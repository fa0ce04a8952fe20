import { confused } from '#lib/aws/xml.ts'
import type { Element } from '#lib/aws/xml.ts'
import { parseTime } from '#lib/iso8601.ts'

/** Temporary credentials of AWS. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
}

const KEY_ID = /^\w{16,128}$/
const PRINTABLE = /^[!-~]{1,16384}$/

/** The credentials in the result of a call; throws `corrupt` when one of their members is missing, doubled or of another form. */
export function credentialsIn(result: Element): Credentials {
  const element = result.only('Credentials')
  const expiresAt = parseTime(element.text('Expiration'))
  if (expiresAt === undefined) throw confused('the credentials have no time of expiry')
  return {
    accessKeyId: matching(KEY_ID, element.text('AccessKeyId')),
    secretAccessKey: matching(PRINTABLE, element.text('SecretAccessKey')),
    sessionToken: matching(PRINTABLE, element.text('SessionToken')),
    expiresAt,
  }
}

function matching(pattern: RegExp, text: string): string {
  if (!pattern.test(text)) throw confused('the credentials do not have the form of credentials')
  return text
}

/** Credentials as a variable's value holds them, for clients of the Conjur API: JSON with the keys in `data`. */
export const printCredentials = (credentials: Credentials, ttl: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      data: {
        access_key_id: credentials.accessKeyId,
        secret_access_key: credentials.secretAccessKey,
        session_token: credentials.sessionToken,
      },
      ttl,
      expires_at: credentials.expiresAt.toISOString(),
    }),
    'utf8',
  )
