import type { Proof } from '#app/authenticator.ts'
import { makeId, roleOfLogin, type Id } from '#domain/id.ts'
import { quoted } from '#lib/failure.ts'
import type { CertificateNames } from './names.ts'
import { refused } from './refusal.ts'
import { isTrustDomain, parseSpiffeId } from './spiffe-id.ts'

/** Who says which host a client is. */
export type HostMode =
  | { readonly kind: 'request' }
  | { readonly kind: 'spiffe'; readonly trustDomain: string; readonly path: string }
  | { readonly kind: 'dns'; readonly path: string }

/** The mode that is set; throws `unauthorized` when what it needs is not set, or malformed. */
export function hostModeOf(declared: ReadonlyMap<string, string>): HostMode {
  const kind = declared.get('host-mode') ?? 'request'
  if (kind === 'request') return { kind }
  const path = declared.get('identity-path')
  if (path === undefined) throw misconfigured(`host-mode ${kind} needs identity-path`)
  if (kind === 'dns') return { kind, path }
  if (kind !== 'spiffe') throw misconfigured('host-mode is not one of request, spiffe and dns')
  const trustDomain = declared.get('trust-domain')
  if (trustDomain === undefined) throw misconfigured('host-mode spiffe needs trust-domain')
  if (!isTrustDomain(trustDomain)) {
    throw misconfigured('trust-domain is not a name like example.org, without spiffe://')
  }
  return { kind, trustDomain, path }
}

/** The role that a client asks to be, or is by its certificate. Throws `unauthorized` when it asks and must not, or does not and must. */
export function roleOf(
  { account, login }: Pick<Proof, 'account' | 'login'>,
  mode: HostMode,
  names: CertificateNames,
): Id {
  if ((login === undefined) === (mode.kind === 'request')) {
    throw misconfigured(
      mode.kind === 'request'
        ? 'the request must name the host'
        : 'the certificate names the host, and the request must not',
    )
  }
  if (login !== undefined) return asRole(login, () => roleOfLogin(account, login))
  const name = joined('path' in mode ? mode.path : '', namedBy(mode, names))
  return asRole(name, () => makeId(account, 'host', name))
}

/** Neither a pattern nor a path. */
const HOST_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

function namedBy(mode: HostMode, names: CertificateNames): string {
  if (mode.kind === 'spiffe') return spiffePath(mode.trustDomain, names)
  const [name, ...more] = names.dns
  if (name !== undefined && more.length === 0 && HOST_NAME.test(name)) return name
  throw refused('CONJ00081E The certificate has not one DNS name, by which it would name the host')
}

/** X509-SVID 2: exactly one URI, which is the SPIFFE id. */
function spiffePath(trustDomain: string, { uri }: CertificateNames): string {
  const [only = '', ...more] = uri
  const id = parseSpiffeId(only)
  if (id === undefined || more.length > 0) {
    throw refused('CONJ00081E The certificate has not one URI that is the SPIFFE id of a workload')
  }
  if (id.trustDomain === trustDomain) return id.path
  throw refused(`CONJ00049E The SPIFFE id is not of the trust domain ${quoted(trustDomain)}`)
}

/** Parts of a path joined: no slash twice, none in front. */
const joined = (path: string, name: string): string =>
  `${path}/${name}`.replaceAll(/\/+/g, '/').replace(/^\//, '')

function asRole(name: string, make: () => Id): Id {
  try {
    return make()
  } catch (cause) {
    throw refused(`CONJ00007E ${quoted(name)} cannot be the name of a role`, { cause })
  }
}

const misconfigured = (reason: string): Error =>
  refused(`CONJ00098E The identity is misconfigured: ${reason}`)
