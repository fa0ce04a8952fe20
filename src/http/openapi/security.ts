import type { Access } from '#http/route.ts'
import type { Operation } from './operation.ts'

/** How callers prove who they are. */
export const SECURITY_SCHEMES = {
  accessToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'The value is `Token token="…"`, where the dots stand for the JSON of an access token in standard base64. An access token is what the operations `getAccessToken…` answer; it lives for minutes.',
  },
  basic: {
    type: 'http',
    scheme: 'basic',
    description:
      'The name under which a role logs in, such as `alice` or `host/shop/cart`, and its password or API key.',
  },
  hostFactoryToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      'The value is `Token token="…"`, where the dots stand for a host factory token as it is, not for an access token.',
  },
} as const

type Requirement = Readonly<Record<string, readonly []>>

const TOKEN: Requirement = { accessToken: [] }
const BASIC: Requirement = { basic: [] }

const REQUIREMENTS: Readonly<Record<Access, readonly Requirement[]>> = {
  token: [TOKEN],
  basic: [BASIC],
  either: [TOKEN, BASIC],
  open: [],
}

/** What a caller of a route must prove: any one of these, or nothing when there are none. */
export const securityOf = (access: Access, said: Operation['security']): readonly Requirement[] =>
  said === undefined ? REQUIREMENTS[access] : [{ [said]: [] }]
