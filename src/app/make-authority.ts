import { X509Certificate } from 'node:crypto'
import { createAuthority } from '#crypto/new-authority.ts'
import { identifierOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { instanceDeed } from './authenticator-instances.ts'
import { authenticatorType } from './authenticator-table.ts'
import type { ChangeParts } from './decided-change.ts'
import { decidedChange } from './decided-change.ts'
import type { Passage } from './gate.ts'
import { instanceWebservice } from './instance-place.ts'
import type { InstancePlace } from './instance-place.ts'
import type { Clock } from './recorder.ts'
import { mustBeAllowed } from './refusals.ts'
import type { Session } from './session.ts'
import { openSecret } from './vault.ts'

/** What making authorities stands on. */
export interface AuthorityParts extends ChangeParts {
  readonly clock: Clock
}

/** An authority that is wanted for an instance of authn-k8s. */
export interface AuthorityOrder {
  readonly account: string
  readonly service: string
  /**
   * What becomes of one that is there already: `refuse` keeps it and fails; `replace` ends it, and every certificate that it issued with it;
   * `keep` lets those certificates count until they end, while the new one signs.
   */
  readonly previous: 'refuse' | 'replace' | 'keep'
}

/** An authority that was made. */
export interface MadeAuthority {
  /** Its certificate in PEM, alone. */
  readonly certificate: string
  /** SHA-256 of it, upper-case hex with colons. */
  readonly fingerprint: string
  readonly notAfter: Date
}

const TYPE = 'authn-k8s'

/** How long an authority is good for (reference/kubernetes.md 1.13), in days. */
const LIFE_DAYS = 3650

const DAY_MS = 86_400_000

/** For clocks that are behind, in milliseconds. */
const EARLIER_MS = 3_600_000

/**
 * Makes the authority that signs the certificates of pods: its key goes into the variable `ca/key` of the instance and nowhere else, its
 * certificate into `ca/cert`; it needs `update` on both. Throws `not_found` when one of them is not there or invisible, `forbidden` without the
 * privilege, `conflict` when there is an authority already and the order does not say what is to become of it.
 */
export type MakeAuthority = (session: Session, order: AuthorityOrder) => Promise<MadeAuthority>

export function makeAuthority(parts: AuthorityParts): MakeAuthority {
  return async (session, { account, service, previous }) => {
    const place = placeFor(account, service)
    const [key, certificate] = variablesOf(account, service)
    const deed = instanceDeed('create-authority', place)
    const now = parts.clock()
    const notAfter = new Date(now + LIFE_DAYS * DAY_MS)
    const made = await createAuthority({
      commonName: identifierOf(instanceWebservice(place)).replaceAll('/', '.'),
      unit: 'Conjur Kubernetes CA',
      organization: account,
      notBefore: new Date(now - EARLIER_MS),
      notAfter,
    })
    const wants = [{ resource: key }, { resource: certificate }]
    await decidedChange(parts, { session, account, deed, wants }, (passage) => {
      for (const id of [key, certificate]) {
        mustBeAllowed(passage.graph, session, 'update', id)
      }
      const old = previousIn(parts, passage, certificate)
      if (passage.values.some((value) => value !== undefined) && previous === 'refuse') {
        throw thereIsOne(service)
      }
      const kept = previous === 'keep' ? unexpired(old, now) : []
      return {
        changes: [],
        values: [
          { resource: key, value: made.keyPem },
          { resource: certificate, value: [made.certPem, ...kept].join('') },
        ],
      }
    })
    return { certificate: made.certPem, fingerprint: made.fingerprint256, notAfter }
  }
}

function placeFor(account: string, name: string): InstancePlace {
  const type = authenticatorType(TYPE)
  if (type === undefined) throw new Error(`${TYPE} is not in the table of authenticators`)
  return { account, type, name }
}

const variablesOf = (account: string, service: string): readonly [key: Id, certificate: Id] => [
  makeId(account, 'variable', `conjur/${TYPE}/${service}/ca/key`),
  makeId(account, 'variable', `conjur/${TYPE}/${service}/ca/cert`),
]

function previousIn({ vault }: AuthorityParts, { values }: Passage, id: Id): string {
  const [, found] = values
  return found === undefined ? '' : openSecret(vault, id, found).toString('utf8')
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What cannot be read counts for nothing, and so need not be kept. */
const unexpired = (pem: string, now: number): readonly string[] =>
  (pem.match(CERTIFICATE) ?? []).flatMap((one) => {
    const until = endOf(one)
    return until !== undefined && until.getTime() > now ? [`${one}\n`] : []
  })

function endOf(pem: string): Date | undefined {
  try {
    return new X509Certificate(pem).validToDate
  } catch {
    // Something else than a certificate, which nobody could be held against.
    return undefined
  }
}

const thereIsOne = (service: string): Failure =>
  new Failure('conflict', `${TYPE}/${service} has an authority already`, {
    hint: 'say with --replace that its certificates end at once, or with --keep-previous that they count until they end',
  })
