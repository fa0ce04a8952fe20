import { X509Certificate } from 'node:crypto'
import { parseDuration } from '#lib/iso8601.ts'
import { isClaimPath, isDenied } from '#authn/jwt/claim-path.ts'
import type { KeySource } from '#authn/jwt/key-source.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { groupSettingsOf, type GroupSettings } from './group-roles.ts'

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<string, string>

/** What ID tokens must say that clients bring along. */
export interface IdTokenSettings {
  /** The path of the claim that names the user. */
  readonly userClaim: string
  readonly audience: string
}

/** How people are sent to the provider, and what they bring back is exchanged. */
export interface CodeFlowSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** Absent where the provider knows a single one. */
  readonly redirectUri: string | undefined
  readonly scope: string
  /** The path of the claim that names the user. */
  readonly userClaim: string
}

/** What an instance was configured to accept; at least one of the two ways is there. */
export interface OidcSettings {
  readonly source: KeySource
  readonly idTokens: IdTokenSettings | undefined
  readonly codeFlow: CodeFlowSettings | undefined
  /** What `token-ttl` says. */
  readonly tokenSeconds: number | undefined
  readonly groups: GroupSettings
}

/** The settings of an instance of `account`; throws `unauthorized` when one is malformed or others are missing that go with it. */
export function readSettings(account: string, declared: Declared): OidcSettings {
  const { idTokens, codeFlow } = waysIn(declared)
  return {
    source: sourceOf(declared),
    idTokens,
    codeFlow,
    tokenSeconds: tokenSecondsOf(declared),
    groups: groupSettingsOf(account, declared),
  }
}

/** Where the provider is; throws `unauthorized` when `ca-cert` holds something that is no certificate. */
export function sourceOf(declared: Declared): KeySource {
  const uri = declared.get('provider-uri')
  if (uri === undefined) throw lacking('provider-uri')
  const caPem = declared.get('ca-cert')
  if (caPem === undefined) return { kind: 'provider-uri', uri }
  mustBeCertificates(caPem)
  return { kind: 'provider-uri', uri, caPem }
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

function mustBeCertificates(pem: string): void {
  const certificates = pem.match(CERTIFICATES) ?? []
  try {
    for (const certificate of certificates) void new X509Certificate(certificate)
  } catch (cause) {
    throw refused('CONJ00135E The value of ca-cert holds a broken certificate', { cause })
  }
  if (certificates.length > 0) return
  throw refused('CONJ00135E The value of ca-cert does not hold PEM certificates')
}

/** The ways in which people log in; throws `unauthorized` when there is none, or one is half configured. */
export function waysIn(declared: Declared): Pick<OidcSettings, 'idTokens' | 'codeFlow'> {
  const ways = { idTokens: idTokensOf(declared), codeFlow: codeFlowOf(declared) }
  if (ways.idTokens !== undefined || ways.codeFlow !== undefined) return ways
  throw refused(
    'CONJ00036E Missing required resource: client-id, client-secret and claim-mapping, or id-token-user-property',
  )
}

function idTokensOf(declared: Declared): IdTokenSettings | undefined {
  if (!declared.has('id-token-user-property')) return undefined
  const audience = declared.get('audience') ?? declared.get('client-id')
  // Any other service of the provider could log in here with the tokens that its users give it.
  if (audience === undefined) throw lacking('audience')
  return { userClaim: claimOf(declared, 'id-token-user-property'), audience }
}

const CODE_FLOW = ['client-id', 'client-secret', 'claim-mapping'] as const

function codeFlowOf(declared: Declared): CodeFlowSettings | undefined {
  if (!CODE_FLOW.some((name) => declared.has(name))) return undefined
  return {
    clientId: mustHave(declared, 'client-id'),
    clientSecret: mustHave(declared, 'client-secret'),
    redirectUri: declared.get('redirect-uri'),
    scope: scopeOf(declared.get('provider-scope')),
    userClaim: claimOf(declared, 'claim-mapping'),
  }
}

const scopeOf = (more = ''): string =>
  [...new Set(['openid', 'email', 'profile', ...more.split(/\s+/)])].join(' ').trim()

function claimOf(declared: Declared, setting: string): string {
  const path = mustHave(declared, setting)
  if (isClaimPath(path) && !isDenied(path)) return path
  throw refused(`CONJ00129E The value of ${setting} is not the path of a claim that names a user`)
}

/** What `token-ttl` says, in seconds; throws `unauthorized` when that is no duration. */
export function tokenSecondsOf(declared: Declared): number | undefined {
  const text = declared.get('token-ttl')
  if (text === undefined) return undefined
  const seconds = parseDuration(text)
  if (seconds !== undefined) return seconds
  throw refused('CONJ00134E The value of token-ttl is not an ISO 8601 duration')
}

function mustHave(declared: Declared, setting: string): string {
  const value = declared.get(setting)
  if (value === undefined) throw lacking(setting)
  return value
}

const lacking = (setting: string): Error =>
  refused(`CONJ00036E Missing required resource: ${setting}`)
