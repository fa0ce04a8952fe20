import { createHash } from 'node:crypto'
import type {
  Authenticator,
  AuthenticatorSettings,
  Invitation,
  Proof,
  Recognised,
} from '#app/authenticator.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { Outbound, OutboundAnswer, OutboundRequest } from '#app/outbound.ts'
import { demandsOf, mustHold, verdictOn } from '#app/recognition.ts'
import { oidcAuthenticator } from '#authn/oidc/authenticator.ts'
import { createKeyring, wrapDataKey } from '#crypto/keyring.ts'
import type { Keyring } from '#crypto/keyring.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { memoryOnce } from '../../app/memory-once.ts'
import { issuerKey, jwksOf, signed, type IssuerKey } from '../jwt/issuer.ts'

/** When the tests take place, in milliseconds and in seconds. */
export const NOW: number = 1_700_000_000_000
export const second: number = NOW / 1000

export const ISSUER: string = 'https://idp.example/realms/shop'
export const CONFIGURATION: string = `${ISSUER}/.well-known/openid-configuration`
export const KEYS: string = 'https://idp.example/keys'
export const TOKEN_ENDPOINT: string = 'https://idp.example/token'

export const CLIENT: string = 'strongroom'
export const SECRET: string = 'c4n4ry: s%cret+'

/** The key that signs unless a test says otherwise. */
export const key: IssuerKey = await issuerKey('RS256', 'idp-1')

/** What the provider publishes of itself. */
export const metadata: Readonly<Record<string, unknown>> = {
  issuer: ISSUER,
  jwks_uri: KEYS,
  authorization_endpoint: 'https://idp.example/authorize',
  token_endpoint: TOKEN_ENDPOINT,
}

/** The claims of an ID token. */
export const idClaims: Readonly<Record<string, unknown>> = {
  iss: ISSUER,
  sub: '0f9c',
  aud: CLIENT,
  exp: second + 300,
  iat: second,
  email: 'alice@example.com',
  preferred_username: 'alice',
  groups: ['staff', 'ops'],
}

/** An instance for logins in a browser. */
export const codeSettings: ReadonlyMap<string, string> = new Map([
  ['provider-uri', ISSUER],
  ['client-id', CLIENT],
  ['client-secret', SECRET],
  ['redirect-uri', 'http://127.0.0.1:8888/callback'],
  ['claim-mapping', 'preferred_username'],
])

/** An instance for ID tokens that clients bring along. */
export const tokenSettings: ReadonlyMap<string, string> = new Map([
  ['provider-uri', ISSUER],
  ['id-token-user-property', 'preferred_username'],
  ['audience', CLIENT],
])

/** Settings with some of them changed; `null` takes one away. */
export const changed = (
  settings: AuthenticatorSettings,
  changes: Readonly<Record<string, string | null | undefined>>,
): AuthenticatorSettings =>
  new Map(
    Object.entries({ ...Object.fromEntries(settings), ...changes }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    ),
  )

/** A provider that does as it is told, and everything that it was asked for. */
export interface World {
  readonly pages: Map<string, string | (() => Promise<string>)>
  readonly asked: string[]
  readonly requests: { readonly url: string; readonly request: OutboundRequest }[]
  readonly outbound: Outbound
  /** What the token endpoint answers. */
  token: (form: URLSearchParams) => Promise<OutboundAnswer> | OutboundAnswer
  /** Milliseconds since 1970; a test moves it. */
  now: number
}

export const answer = (status: number, body: unknown): OutboundAnswer => ({
  status,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

export function world(more: Readonly<Record<string, unknown>> = {}): World {
  const self: World = {
    pages: new Map([
      [CONFIGURATION, JSON.stringify({ ...metadata, ...more })],
      [KEYS, jwksOf(key)],
    ]),
    asked: [],
    requests: [],
    now: NOW,
    token: () => answer(400, { error: 'invalid_grant' }),
    outbound: {
      async get(url) {
        self.asked.push(url)
        const page = self.pages.get(url)
        if (page === undefined) throw new Failure('unreachable', 'no such page')
        return Buffer.from(typeof page === 'string' ? page : await page())
      },
      async send(url, request) {
        self.requests.push({ url, request })
        return self.token(new URLSearchParams(Buffer.from(request.body ?? '').toString()))
      },
    },
  }
  return self
}

const MASTER_KEY = Buffer.alloc(32, 3)

/** The keyring that all nodes of the tests share. */
export const keyring: Keyring = createKeyring({
  masterKey: MASTER_KEY,
  wrapped: [{ id: 1, wrapped: wrapDataKey(MASTER_KEY, 1, Buffer.alloc(32, 4)) }],
})

/** An authenticator in a world, over a store of its own unless there is one. */
export const authenticatorIn = (outside: World, once: OnceStore = memoryOnce()): Authenticator =>
  oidcAuthenticator({ outbound: outside.outbound, vault: keyring, once, now: () => outside.now })

export const instance = { account: 'acme', type: 'authn-oidc', service: 'idp' } as const

/** Presents an ID token. */
export async function present(
  outside: World,
  token: string,
  settings: AuthenticatorSettings = tokenSettings,
  more: Partial<Proof> = {},
): Promise<Recognised> {
  const body = Buffer.from(`id_token=${token}`)
  return authenticatorIn(outside).recognise(
    { ...instance, body, clientIp: '10.0.0.1', ...more },
    settings,
  )
}

/** An ID token with other claims than usual; `undefined` takes one away. */
export const idToken = (
  changes: Readonly<Record<string, unknown>> = {},
  by: IssuerKey = key,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> => signed({ ...idClaims, ...changes }, by, header)

/** What the provider makes of the login that an invitation began: a token for the form that is sent to it. */
export const tokenFor =
  (
    { nonce, url }: Invitation,
    changes: Readonly<Record<string, unknown>> = {},
    by: IssuerKey = key,
  ): World['token'] =>
  async (form) => {
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    // What every provider checks by RFC 7636 4.6.
    if (new URL(url).searchParams.get('code_challenge') !== challenge) {
      return answer(400, { error: 'invalid_grant' })
    }
    const idTokenText = await idToken({ nonce, ...changes }, by)
    return answer(200, { access_token: 'opaque', token_type: 'Bearer', id_token: idTokenText })
  }

/** A login that was begun, at an authenticator that people come back to. */
export interface Begun {
  readonly authenticator: Authenticator
  readonly invitation: Invitation
  /** Comes back with a code, and with parameters other than usual; `null` leaves one out. */
  readonly back: (
    changes?: Readonly<Record<string, string | null>>,
    at?: Partial<Proof>,
    settings?: AuthenticatorSettings,
  ) => Promise<Recognised>
}

/** Begins a login, which the provider will vouch for unless the test says otherwise. */
export async function begin(
  outside: World,
  settings: AuthenticatorSettings = codeSettings,
  authenticator: Authenticator = authenticatorIn(outside),
): Promise<Begun> {
  const invitation = await authenticator.invite?.(instance, settings)
  if (invitation === undefined) throw new Error('nobody is invited')
  outside.token = tokenFor(invitation)
  const { nonce, codeVerifier } = invitation
  return {
    authenticator,
    invitation,
    back: async (changes = {}, at = {}, by = settings) => {
      const query = { code: 'c0de', nonce, code_verifier: codeVerifier, ...changes }
      const parameters = new URLSearchParams(
        Object.entries(query).flatMap(([name, value]): [string, string][] =>
          value === null ? [] : [[name, value]],
        ),
      )
      const proof = { ...instance, body: Buffer.of(), clientIp: '10.0.0.1', parameters, ...at }
      return authenticator.recognise(proof, by)
    },
  }
}

/** Holds what a role demands against somebody who was recognised; throws when it is not met. */
export async function confirm(
  recognised: Recognised,
  settings: AuthenticatorSettings,
  holds: (role: Id) => boolean,
  annotations: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const { role } = recognised
  const demands = demandsOf(authenticatorIn(world()), instance, settings, {
    role,
    annotations,
    holds,
  })
  mustHold((await verdictOn(recognised, demands)).verdict)
}
