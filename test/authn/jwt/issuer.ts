import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import type { Authenticator, AuthenticatorSettings, Recognised } from '#app/authenticator.ts'
import type { Outbound, OutboundAnswer, OutboundRequest } from '#app/outbound.ts'
import { demandsOf, mustHold, verdictOn } from '#app/recognition.ts'
import type { ReadInCluster } from '#authn/kubernetes/access.ts'
import { jwtAuthenticator } from '#authn/jwt/authenticator.ts'
import { Failure } from '#lib/failure.ts'

/** When the tests take place, in milliseconds and in seconds. */
export const NOW: number = 1_700_000_000_000
const second = NOW / 1000

export const JWKS_URI: string = 'https://kube.example/openid/v1/jwks'

/** The claims of a projected token of Kubernetes (reference/kubernetes.md 6.3). */
export const podClaims: Readonly<Record<string, unknown>> = {
  iss: 'https://kubernetes.default.svc.cluster.local',
  sub: 'system:serviceaccount:shop:cart',
  aud: ['strongroom'],
  exp: second + 600,
  iat: second,
  nbf: second,
  jti: 'a1b2',
  'kubernetes.io': {
    namespace: 'shop',
    serviceaccount: { name: 'cart', uid: 'sa-uid' },
    pod: { name: 'cart-7d4', uid: 'pod-uid' },
    node: { name: 'node-1', uid: 'node-uid' },
    warnafter: 1_700_000_300,
  },
}

/** The configuration that fits {@link podClaims}. */
export const podSettings: ReadonlyMap<string, string> = new Map([
  ['jwks-uri', JWKS_URI],
  ['issuer', 'https://kubernetes.default.svc.cluster.local'],
  ['audience', 'strongroom'],
])

/** A key of an issuer. */
export interface IssuerKey {
  readonly alg: string
  readonly kid: string | undefined
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function issuerKey(
  alg = 'ES256',
  kid: string | undefined = 'key-1',
): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }) }
  return { alg, kid, privateKey, jwk }
}

/** The key that signs unless a test says otherwise. */
export const key: IssuerKey = await issuerKey()

/** A token over `claims`, whose header may say more. */
export const signed = (
  claims: Readonly<Record<string, unknown>> = podClaims,
  by: IssuerKey = key,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({
      alg: by.alg,
      typ: 'JWT',
      ...(by.kid === undefined ? {} : { kid: by.kid }),
      ...header,
    })
    .sign(by.privateKey)

const encoder = new TextEncoder()

export const jwksOf = (...keys: readonly IssuerKey[]): string =>
  JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })

/** A world outside: pages by URL, which a test may change, and the list of what was asked for. */
export interface World {
  readonly pages: Map<string, string>
  readonly asked: string[]
  readonly authorities: (string | undefined)[]
  readonly outbound: Outbound
  /** Answers what is sent; a test that expects something sets it. */
  send: (url: string, request: OutboundRequest) => Promise<OutboundAnswer>
  /** Milliseconds since 1970; a test moves it. */
  now: number
  /** The pages whose servers never answer. */
  readonly hanging: Set<string>
  /** Resolves when calls may be answered. */
  gate: Promise<void>
}

export function world(
  pages: Readonly<Record<string, string>> = { [JWKS_URI]: jwksOf(key) },
): World {
  const self: World = {
    pages: new Map(Object.entries(pages)),
    asked: [],
    authorities: [],
    now: NOW,
    hanging: new Set(),
    gate: Promise.resolve(),
    send: async () => {
      throw new Failure('unreachable', 'nobody answers')
    },
    outbound: {
      async send(url, request) {
        await self.gate
        return self.send(url, request)
      },
      async get(url, options) {
        self.asked.push(url)
        self.authorities.push(options.caPem)
        await self.gate
        if (self.hanging.has(url)) await new Promise(() => {})
        const page = self.pages.get(url)
        if (page === undefined) throw new Failure('unreachable', 'no such page')
        return encoder.encode(page)
      },
    },
  }
  return self
}

/** A request to the instance `kube` of the account `acme`. */
export interface Attempt {
  readonly body?: string | Uint8Array
  readonly login?: string | undefined
  readonly settings?: ReadonlyMap<string, string | undefined>
  readonly account?: string
  readonly service?: string
}

export type Recognise = (token: string, attempt?: Attempt) => Promise<Recognised>

/** An authenticator in a world that is no cluster, unless `inCluster` says otherwise. */
export const authenticatorIn = (
  outside: World,
  inCluster: ReadInCluster = async () => undefined,
): Authenticator =>
  jwtAuthenticator({ outbound: outside.outbound, inCluster, now: () => outside.now })

/** Holds annotations against somebody who presented a token to the instance `kube`; throws when they do not agree. */
export async function confirm(
  recognised: Recognised,
  annotations: ReadonlyMap<string, string>,
  settings: AuthenticatorSettings = podSettings,
): Promise<void> {
  const instance = { account: 'acme', type: 'authn-jwt', service: 'kube' }
  const { role } = recognised
  const demands = demandsOf(authenticatorIn(world()), instance, settings, { role, annotations })
  mustHold((await verdictOn(recognised, demands)).verdict)
}

/** An authenticator in a world, to which requests are made. */
export function door(outside: World = world()): Recognise {
  const authenticator = authenticatorIn(outside)
  return (token, attempt = {}) => {
    const { body = `jwt=${token}`, settings = podSettings } = attempt
    const login = 'login' in attempt ? attempt.login : 'host/shop/cart'
    return authenticator.recognise(
      {
        account: attempt.account ?? 'acme',
        service: attempt.service ?? 'kube',
        body: typeof body === 'string' ? encoder.encode(body) : body,
        clientIp: '10.0.0.1',
        ...(login === undefined ? {} : { login }),
      },
      settings,
    )
  }
}

/** {@link podSettings} with some of them changed; `null` takes one away. */
export const settingsWith = (
  changes: Readonly<Record<string, string | null | undefined>>,
): ReadonlyMap<string, string | undefined> =>
  new Map(
    Object.entries({ ...Object.fromEntries(podSettings), ...changes }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    ),
  )
