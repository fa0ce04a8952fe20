import type { Authenticator, Recognised } from '#app/authenticator.ts'
import { demandsOf, mustHold, verdictOn } from '#app/recognition.ts'
import { gcpAuthenticator } from '#authn/gcp/authenticator.ts'
import { issuerKey, jwksOf, NOW, signed, world } from '../jwt/issuer.ts'
import type { IssuerKey, World } from '../jwt/issuer.ts'

const second = NOW / 1000

export const PROVIDER: string = 'https://accounts.google.com'
export const CONFIGURATION: string = `${PROVIDER}/.well-known/openid-configuration`
export const KEYS: string = 'https://www.googleapis.com/oauth2/v3/certs'

/** The key of Google that signs unless a test says otherwise. */
export const key: IssuerKey = await issuerKey('RS256', 'google-1')

/** The claims of a service account, as Cloud Run and functions have them. */
export const accountClaims: Readonly<Record<string, unknown>> = {
  aud: 'conjur/acme/host/shop/cart',
  azp: '112179062720391305885',
  email: 'cart@shop-prod.iam.gserviceaccount.com',
  email_verified: true,
  exp: second + 3600,
  iat: second,
  iss: PROVIDER,
  sub: '112179062720391305885',
}

/** What a token of an instance says further when it is asked for with `format=full`. */
export const engine: Readonly<Record<string, unknown>> = {
  instance_confidentiality: 1,
  instance_creation_timestamp: 1_686_491_081,
  instance_id: '4570452845155348778',
  instance_name: 'cart-1',
  project_id: 'shop-prod',
  project_number: 1_071_284_184_436,
  zone: 'europe-west1-b',
}

/** The claims of an instance. */
export const instanceClaims: Readonly<Record<string, unknown>> = {
  ...accountClaims,
  google: { compute_engine: engine },
}

/** The world in which Google answers. */
export const google = (keys: string = jwksOf(key)): World =>
  world({
    [CONFIGURATION]: JSON.stringify({ issuer: PROVIDER, jwks_uri: KEYS }),
    [KEYS]: keys,
  })

export const authenticatorIn = (outside: World): Authenticator =>
  gcpAuthenticator({ outbound: outside.outbound, now: () => outside.now })

/** Presents a token to the account `acme`, or to another. */
export const presentTo = (
  authenticator: Authenticator,
  token: string,
  account = 'acme',
): Promise<Recognised> =>
  authenticator.recognise(
    { account, body: Buffer.from(`jwt=${token}`), clientIp: '10.0.0.1' },
    new Map(),
  )

/** A token with other claims than those of an instance. */
export const token = (
  changes: Readonly<Record<string, unknown>> = {},
  by: IssuerKey = key,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> => signed({ ...instanceClaims, ...changes }, by, header)

/** Presents a token with these claims in a world where Google answers. */
export const present = async (
  changes: Readonly<Record<string, unknown>> = {},
): Promise<Recognised> => presentTo(authenticatorIn(google()), await token(changes))

/** Holds annotations against somebody who was recognised; throws when they do not agree. */
export async function confirm(
  recognised: Recognised,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const instance = { account: 'acme', type: 'authn-gcp' }
  const demands = demandsOf(authenticatorIn(google()), instance, new Map(), {
    role: recognised.role,
    annotations: new Map(Object.entries(annotations)),
  })
  mustHold((await verdictOn(recognised, demands)).verdict)
}
