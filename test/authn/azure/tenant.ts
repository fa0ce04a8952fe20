import type { AuthenticatorSettings, Recognised } from '#app/authenticator.ts'
import type { Authenticator } from '#app/authenticator.ts'
import { demandsOf, mustHold, verdictOn } from '#app/recognition.ts'
import { azureAuthenticator } from '#authn/azure/authenticator.ts'
import { issuerKey, jwksOf, NOW, signed, world } from '../jwt/issuer.ts'
import type { IssuerKey, World } from '../jwt/issuer.ts'

const second = NOW / 1000

export const TENANT: string = '6f0e2f0c-5c11-4ea9-9c8b-2f1d0f4f9a10'
export const SUBSCRIPTION: string = '0d3f9a52-1b64-4c55-8e35-6a2a4f3a7c01'
export const PRINCIPAL: string = 'b9c3f5d4-7a0e-4b0c-9d52-1c2d3e4f5a6b'
export const PROVIDER: string = `https://sts.windows.net/${TENANT}/`
export const CONFIGURATION: string = `https://sts.windows.net/${TENANT}/.well-known/openid-configuration`
export const KEYS: string = 'https://login.windows.net/common/discovery/keys'

/** The key of Azure that signs unless a test says otherwise. */
export const key: IssuerKey = await issuerKey('RS256', 'azure-1')

const inGroup = (path: string, group = 'Shop-Prod'): string =>
  `/subscriptions/${SUBSCRIPTION}/resourcegroups/${group}/providers/${path}`

/** The identity `cart`, which resources are given, and the machine that shows its token here. */
export const USER_ASSIGNED: string = inGroup(
  'Microsoft.ManagedIdentity/userAssignedIdentities/cart',
)
/** The machine `cart`, which is its own identity. */
export const SYSTEM_ASSIGNED: string = inGroup('Microsoft.Compute/virtualMachines/cart')

/** The claims of a token of version 1 for the machine {@link SYSTEM_ASSIGNED}. */
export const machineClaims: Readonly<Record<string, unknown>> = {
  aud: 'https://management.azure.com/',
  iss: PROVIDER,
  iat: second - 300,
  nbf: second - 300,
  exp: second + 86_400 - 300,
  aio: 'E2NgYFi5uOvJ9m',
  appid: '2f7b5c1e-0a9d-4a7e-8d55-7e1f2a3b4c5d',
  appidacr: '2',
  idp: PROVIDER,
  oid: PRINCIPAL,
  rh: '0.AAAA',
  sub: PRINCIPAL,
  tid: TENANT,
  uti: 'x1Y2',
  ver: '1.0',
  xms_mirid: SYSTEM_ASSIGNED,
}

/** The claims of a token for {@link USER_ASSIGNED}. */
export const identityClaims: Readonly<Record<string, unknown>> = {
  ...machineClaims,
  xms_az_rid: SYSTEM_ASSIGNED,
  xms_mirid: USER_ASSIGNED,
}

export const settings: AuthenticatorSettings = new Map([['provider-uri', PROVIDER]])

/** The world in which Azure answers. */
export const azure = (keys: string = jwksOf(key)): World =>
  world({
    [CONFIGURATION]: JSON.stringify({ issuer: PROVIDER, jwks_uri: KEYS }),
    [KEYS]: keys,
  })

export const authenticatorIn = (outside: World): Authenticator =>
  azureAuthenticator({ outbound: outside.outbound, now: () => outside.now })

const instance = { account: 'acme', type: 'authn-azure', service: 'prod' } as const

/** Presents a token to the instance `prod` as the host `shop/cart`. */
export const presentTo = (
  authenticator: Authenticator,
  token: string,
  configuration: AuthenticatorSettings = settings,
  login: string | undefined = 'host/shop/cart',
): Promise<Recognised> =>
  authenticator.recognise(
    {
      account: 'acme',
      service: 'prod',
      login,
      body: Buffer.from(`jwt=${token}`),
      clientIp: '10.0.0.1',
    },
    configuration,
  )

/** A token with other claims than those of a machine. */
export const token = (
  changes: Readonly<Record<string, unknown>> = {},
  by: IssuerKey = key,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> => signed({ ...machineClaims, ...changes }, by, header)

/** Presents a token with these claims in a world where Azure answers. */
export const present = async (
  changes: Readonly<Record<string, unknown>> = {},
  configuration: AuthenticatorSettings = settings,
): Promise<Recognised> => presentTo(authenticatorIn(azure()), await token(changes), configuration)

/** Holds annotations against somebody who was recognised; throws when they do not agree. */
export async function confirm(
  recognised: Recognised,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const { role } = recognised
  const demands = demandsOf(authenticatorIn(azure()), instance, settings, {
    role,
    annotations: new Map(Object.entries(annotations)),
  })
  mustHold((await verdictOn(recognised, demands)).verdict)
}
