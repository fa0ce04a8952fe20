/** The shapes of the bodies about passkeys, which a browser creates and uses (docs/reference/extensions.md). */

/** What a passkey is asked for: to become a second factor, or to prove that it is one. */
export type PasskeyPurpose = 'enrolment' | 'verification'

/** The body of `POST /mfa/:account/passkey-ceremonies`. The port and the state go together. */
export interface NewCeremonyBody {
  readonly purpose: PasskeyPurpose
  /** What the passkey will be called. */
  readonly name?: string
  /** A port of the machine of the browser, to which it brings the code. */
  readonly callback_port?: number
  /** By what whoever listens there knows the browser again. */
  readonly state?: string
}

/** What that answers. */
export interface BegunCeremonyBody {
  /** Stands for the ceremony in the paths of the others: whoever has it may look at the ceremony, and answer it. */
  readonly id: string
  /** The page to open in a browser. */
  readonly url: string
  /** What the browser needs (WebAuthn Level 3, 5.1: `PublicKeyCredentialCreationOptionsJSON` or `…RequestOptionsJSON`). */
  readonly options: object
  /** ISO 8601 in UTC. */
  readonly expires_at: string
}

/** What `GET /mfa/:account/passkey-ceremonies/:id` tells the page. */
export interface CeremonyBody {
  readonly purpose: PasskeyPurpose
  /** The id of the role that asks. */
  readonly role: string
  /** What the passkey will be called; `null` when one is proven. */
  readonly name: string | null
  /** The address that it was asked from. */
  readonly client_ip: string
  readonly options: object
  readonly callback: { readonly port: number; readonly state: string } | null
  /** ISO 8601 in UTC. */
  readonly expires_at: string
}

/** What `POST …/response` answers to the page, and the body of `POST …/completion`. */
export interface CeremonyCodeBody {
  readonly code: string
}

/** Whether `value` is a ceremony that has begun. */
export const isBegunCeremony = (value: unknown): value is BegunCeremonyBody =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'url' in value &&
  typeof value.url === 'string' &&
  'options' in value &&
  typeof value.options === 'object' &&
  'expires_at' in value &&
  typeof value.expires_at === 'string'
