/**
 * A text: itself, a function that gives it, or a file that holds it. The function is asked and the file is read again whenever the text is
 * needed, so both may change; white space around it does not count.
 */
export type TextSource = string | (() => string | Promise<string>) | TextFile

/** A file by its path. */
export interface TextFile {
  /** Its path. */
  readonly file: string
}

/** Who the program is, by an API key. */
export interface ApiKeyCredentials {
  readonly kind: 'apiKey'
  /** For example `alice`, or `host/shop/cart`. */
  readonly login: string
  /** The API key. */
  readonly key: TextSource
}

/**
 * Who the program is, by an access token that somebody else obtained: as JSON or as the base64 of it. From a file it is read for each request,
 * since somebody keeps it fresh there; a function is asked when the last token is due for replacement or was refused, for example for one with
 * a second factor; a text is good until the token ends.
 */
export interface TokenCredentials {
  readonly kind: 'token'
  /** The access token. */
  readonly token: TextSource
}

/** Who the program is, by a JWT that an instance of authn-jwt accepts. */
export interface JwtCredentials {
  readonly kind: 'jwt'
  /** The name of the instance: `kube` for `authn-jwt/kube`. */
  readonly service: string
  /** In a pod often `{ file: '/var/run/secrets/kubernetes.io/serviceaccount/token' }`. */
  readonly token: TextSource
  /** The login to act as, for example `host/shop/cart`, when the JWT itself does not name it. */
  readonly hostId?: string
}

/** Who the program is, by a certificate that an instance of authn-cert accepts. */
export interface CertificateCredentials {
  readonly kind: 'certificate'
  /** The name of the instance: `vm` for `authn-cert/vm`. */
  readonly service: string
  /** In PEM, with the certificates that vouch for it behind it. */
  readonly certificate: TextSource
  /** In PEM, without passphrase. */
  readonly key: TextSource
  /** The host to act as, with or without `host/`, when the certificate itself does not name it. */
  readonly hostId?: string
}

/**
 * Who the program is, by a role of AWS that an instance of authn-iam accepts: of an instance of EC2, a task of ECS, a pod of EKS, a function, or
 * whatever the variables `AWS_…` of the environment say.
 */
export interface IamCredentials {
  readonly kind: 'iam'
  /** The name of the instance: `prod` for `authn-iam/prod`. */
  readonly service: string
  /** The host to act as, with or without `host/`; its id ends in the account and the role. */
  readonly hostId: string
  /** What the server is called, where it demands to be named: its setting `server-id`. */
  readonly serverId?: string
}

/** Who the program is, by a managed identity of Azure that an instance of authn-azure accepts. */
export interface AzureCredentials {
  readonly kind: 'azure'
  /** The name of the instance: `prod` for `authn-azure/prod`. */
  readonly service: string
  /** The host to act as, with or without `host/`. */
  readonly hostId: string
  /** Which identity, where there are several. */
  readonly clientId?: string
  /** What the token is for, the server's setting `audience`; `https://management.azure.com/` when absent. */
  readonly resource?: string
}

/** Who the program is, by the service account of Google Cloud that it runs as, which authn-gcp accepts. */
export interface GcpCredentials {
  readonly kind: 'gcp'
  /** The host to act as, with or without `host/`. */
  readonly hostId: string
}

/** Who the program is, by the word of the cloud that it runs in, which is asked anew at each authentication. */
export type CloudCredentials = IamCredentials | AzureCredentials | GcpCredentials

/** Who the program is. */
export type Credentials =
  | ApiKeyCredentials
  | TokenCredentials
  | JwtCredentials
  | CertificateCredentials
  | CloudCredentials

/** How to talk to a server. */
export interface ConnectionOptions {
  /**
   * The certificates to trust, in PEM or from a file that is read when the server is opened, instead of those of the system: an authority's, or the
   * server's own, as `strongroom init` and `conjur init` write it.
   */
  readonly ca?: string | TextFile
  /**
   * What the server's certificate must be known by, besides being trusted for its name. One of them must fit: `sha256/` and the base64 of the SHA-256
   * of its public key, or the SHA-256 fingerprint of the certificate in hexadecimal, with or without colons, as `strongroom init` shows it.
   */
  readonly pins?: readonly string[]
  /** For the whole of a call, with its repeats and whatever authentication it waits for, in milliseconds; a minute when absent. */
  readonly timeoutMs?: number
  /** How many times a request is sent at most while the server cannot be reached or cannot serve; 4 when absent, 1 for no repeat. */
  readonly attempts?: number
  /** Does what {@link Strongroom.close} does. */
  readonly signal?: AbortSignal
}

/** Which server to talk to, as whom, and how. */
export interface StrongroomOptions extends ConnectionOptions {
  /** `https://HOST[:PORT]`; without TLS, `http:`, everything can be read on the way. */
  readonly url: string
  /** The account that short ids are of. */
  readonly account: string
  /** Who the program is. */
  readonly credentials: Credentials
}

/** What takes the place of the configuration that {@link openFromEnvironment} finds. */
export interface EnvironmentOptions extends ConnectionOptions {
  /** Who the program is. */
  readonly credentials?: Credentials
  /** Instead of `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Instead of the home directory of the user. */
  readonly home?: string
}
