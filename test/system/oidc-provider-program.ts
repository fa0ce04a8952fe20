import { createServer } from 'node:https'
import { json } from 'node:stream/consumers'
import { Provider } from 'oidc-provider'

// The provider is a program of its own, because what it stands on makes code from text, which our processes forbid. It reads what it is to be
// from its standard input, and tells there where it is.

/** Who there is at the provider, and which client may send them there. */
export interface ProviderSetup {
  readonly cert: string
  readonly key: string
  readonly client: {
    readonly id: string
    readonly secret: string
    readonly redirectUri: string
  }
  /** What is said of people, by the name under which they log in; anybody may, with any password. */
  readonly people: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const setup = (await json(process.stdin)) as ProviderSetup
const { cert, key, client, people } = setup

const server = createServer({ cert, key })
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const issuer = `https://localhost:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    claims: {
      openid: ['sub', 'groups'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username'],
    },
    scopes: ['openid', 'email', 'profile'],
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['a key of the tests'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, IdToken: 600, AccessToken: 600 },
  })
  server.on('request', provider.callback())
  process.stdout.write(`${JSON.stringify({ issuer })}\n`)
})
