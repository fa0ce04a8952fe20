import type { EnrolledFactorBody, FactorBody } from '#api/mfa-wire.ts'
import type { Reply, Seen, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

/** What an authenticator app shows, and what stands for it when it is lost. */
export const CODE = '123456'
export const RECOVERY_CODE = 'c4n4-ryc0-de00'

/** What a browser gets for a passkey. */
export const TAPPED = 'tapped'

/** What an app is told. */
export const SECRET = 'CANARYJBSWY3DPEHPK3PXP'

/** The value of `db`, and with what it is refused to who proved no factor. */
export const VALUE = 's3cret'
export const DEMAND = '`execute` on `acme:variable:db` demands a second factor'

const factor = (id: string, kind: FactorBody['kind'], name: string): FactorBody => ({
  id,
  kind,
  name,
  created_at: '2026-01-01T00:00:00.000Z',
  last_used_at: null,
})

export const PHONE: FactorBody = factor('1f0c', 'totp', 'phone')
export const LAPTOP: FactorBody = factor('2a7e', 'passkey', 'laptop')

const DEMANDED: Reply = [
  403,
  { error: { code: 'mfa_required', message: DEMAND } },
  { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", max_age=300' },
]

const WRONG: Reply = [403, { error: { code: 'mfa_refused', message: 'the code is not right' } }]

/** A {@link StandIn} of an administrator who may have second factors. */
export interface MfaStandIn extends StandIn {
  /** How many times from now on `db` is read by who proved a factor, before that is too long ago. */
  readsLeft: number
}

/** A server of somebody who has these factors, with a variable `other`, and a variable `db` that demands one. */
export async function startMfaServer(...factors: readonly FactorBody[]): Promise<MfaStandIn> {
  const server: MfaStandIn = Object.assign(await startStandIn(), { readsLeft: Infinity })
  const proven = new Set<string>()
  const parts: Parts = {
    factors: [...factors],
    begun: new Map(),
    prove: () => {
      const now = Math.floor(Date.now() / 1000)
      const token = server.issue('admin', { amr: ['otp', 'mfa'], auth_time: now })
      proven.add(`Token token="${Buffer.from(token).toString('base64')}"`)
      return token
    },
  }
  server.secrets.set('acme:variable:db', Buffer.from(VALUE))
  server.secrets.set('acme:variable:other', Buffer.from('0ther'))
  server.answer = (seen) => {
    const { path, headers, method } = seen
    if (path.startsWith('/mfa/acme')) {
      return ROUTES[`${method} ${path.slice('/mfa/acme'.length)}`]?.(parts, seen)
    }
    if (!path.startsWith('/secrets') || path === '/secrets/acme/variable/other') return undefined
    if (!proven.has(headers.authorization ?? '') || server.readsLeft === 0) return DEMANDED
    server.readsLeft -= 1
    return undefined
  }
  return server
}

/** What the routes stand on. */
interface Parts {
  readonly factors: FactorBody[]
  /** The tokens with which ceremonies were begun, by their purpose. */
  readonly begun: Map<string, string>
  /** A token that says that a factor was proven. */
  readonly prove: () => string
}

/** What the routes below `/mfa/acme` answer. */
const ROUTES: Readonly<Record<string, (parts: Parts, seen: Seen) => Reply>> = {
  'GET /factors': ({ factors }) => [200, { factors, recovery_codes_left: 9 }],
  'POST /factors/totp': () => [
    201,
    {
      id: 'pending',
      secret: SECRET,
      uri: `otpauth://totp/acme:admin?secret=${SECRET}&issuer=acme`,
      expires_at: '2026-01-01T00:10:00.000Z',
    },
  ],
  'POST /factors/totp/pending/confirmation': (parts, seen) =>
    membersOf(seen)['code'] === CODE ? [200, enrolled(parts, PHONE)] : WRONG,
  'POST /verification': ({ prove }, seen) => {
    const { code, recovery_code: recoveryCode } = membersOf(seen)
    return code === CODE || recoveryCode === RECOVERY_CODE ? [200, prove()] : WRONG
  },
  'POST /recovery-codes': () => [201, { recovery_codes: [RECOVERY_CODE] }],
  'DELETE /factors/1f0c': ({ prove }) => [200, prove()],
  'DELETE /factors': () => [204],
  'POST /passkey-ceremonies': ({ begun }, seen) => {
    const purpose = String(membersOf(seen)['purpose'])
    begun.set(purpose, seen.headers.authorization ?? '')
    const url = `https://strongroom.test/mfa#acme/${purpose}`
    return [201, { id: purpose, url, options: {}, expires_at: '2026-01-01T00:05:00.000Z' }]
  },
  'POST /passkey-ceremonies/enrolment/completion': (parts, seen) =>
    isEnding('enrolment', parts, seen) ? [200, enrolled(parts, LAPTOP)] : WRONG,
  'POST /passkey-ceremonies/verification/completion': (parts, seen) =>
    isEnding('verification', parts, seen) ? [200, parts.prove()] : WRONG,
}

/** The members of the body of a request. */
function membersOf({ body }: Seen): Readonly<Record<string, unknown>> {
  const members: unknown = JSON.parse(body.toString())
  if (typeof members !== 'object' || members === null) throw new Error('not an object')
  return { ...members }
}

function enrolled({ factors, prove }: Parts, added: FactorBody): EnrolledFactor {
  const token: unknown = JSON.parse(prove())
  const isFirst = factors.length === 0
  factors.push(added)
  return { factor: added, recovery_codes: isFirst ? [RECOVERY_CODE, 'e1ev-en00'] : null, token }
}

type EnrolledFactor = { readonly [Name in keyof EnrolledFactorBody]: unknown }

/** The bodies of what was sent to a route below `/mfa/acme`. */
export const sent = (server: StandIn, path: string): readonly Readonly<Record<string, unknown>>[] =>
  server.seen.filter((seen) => seen.path === `/mfa/acme${path}`).map(membersOf)

/** Whether the code is that of the browser, and the token the one that began it. */
const isEnding = (purpose: string, { begun }: Parts, seen: Seen): boolean =>
  membersOf(seen)['code'] === TAPPED && begun.get(purpose) === seen.headers.authorization
