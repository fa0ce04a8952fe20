import type { CloudCredentials } from './strongroom-options.ts'

/**
 * The ways in which a client proves who it is. `anonymous` proves nothing: with it only `login` works, and every other
 * call throws `unauthorized` without a request.
 */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'apiKey'; readonly login: string; readonly key: string }
  /** An access token that somebody else obtained: its JSON, or the base64 of it. It cannot be renewed. */
  | { readonly kind: 'token'; readonly token: string }
  /** A file with such a token which somebody else keeps fresh; it is read again for each request. */
  | { readonly kind: 'tokenFile'; readonly path: string }
  | JwtCredentials
  | CertificateCredentials
  | CloudCredentials

/** A JWT for an `authn-jwt` instance. A file is read again at each authentication, since its issuer replaces it. */
export interface JwtCredentials {
  readonly kind: 'jwt'
  readonly service: string
  /** The login to act as, for example `host/shop/cart`, when the token itself does not name it. */
  readonly hostId?: string
  readonly proof: { readonly token: string } | { readonly file: string }
}

/** A certificate and its key, in files of PEM, for an `authn-cert` instance. */
export interface CertificateCredentials {
  readonly kind: 'certificate'
  readonly service: string
  /** The host to act as, with or without `host/`, when the certificate itself does not name it. */
  readonly hostId?: string
  readonly certFile: string
  readonly keyFile: string
}

/** Whether a cloud says who one is. */
export const isOfCloud = (credentials: {
  readonly kind: string
}): credentials is CloudCredentials => ['iam', 'azure', 'gcp'].includes(credentials.kind)

/** The login under which an access token is kept that nobody but its bearer can have again (reference/broker-run-cli.md D.4). */
export const TOKEN_LOGIN = '[oidc]'
