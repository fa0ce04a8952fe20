import type { IssuerKinds } from '#app/issuer-kinds.ts'
import { awsIssuer } from './aws/issuer.ts'
import type { AwsParts } from './aws/issuer.ts'

/** Every kind of issuer that this server has, by its name in the API. */
export const issuerKinds = (parts: AwsParts): IssuerKinds =>
  new Map([awsIssuer(parts)].map((kind) => [kind.type, kind]))
