import { accountOf, identifierOf, kindOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { issueCertificate, openAuthority } from '#crypto/certificate-authority.ts'
import type { Authority, CertificateOrder } from '#crypto/certificate-authority.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { parseDuration } from '#lib/iso8601.ts'
import type { Gate, Passage } from './gate.ts'
import { mayItsOwner } from './permission.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import { mustBeAllowed } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'
import { openSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What signing certificates stands on. */
export interface SigningParts {
  readonly gate: Gate
  readonly store: Pick<Store, 'annotations'>
  readonly vault: Vault
  readonly recorder: Recorder
  readonly clock: Clock
}

/** A certificate that the caller wants. */
export interface SigningOrder {
  readonly account: string
  /** The authority is `webservice:conjur/SERVICE/ca`. */
  readonly service: string
  /** A certificate signing request in PEM. */
  readonly request: string
  /** How long it is wanted, ISO 8601. */
  readonly ttl: string
}

/**
 * A certificate in PEM, by which the calling host proves elsewhere who it is: what it says follows from the role of the caller alone,
 * and of the request only its key is taken. It ends when the caller wants, at the latest when the authority allows or ends itself. Throws
 * `not_found` when there is no such authority in the account or it is invisible, `forbidden` for a role that is no host, without `sign` and
 * for a request whose sender does not have its key, `argument_error` for a request or duration that is none, `unprocessable_entity`
 * for an authority that is not set up.
 */
export type SignCertificate = (session: Session, order: SigningOrder) => Promise<string>

export function signCertificate(parts: SigningParts): SignCertificate {
  const { gate, store, recorder, clock } = parts
  return async (session, order) => {
    const webservice = makeId(order.account, 'webservice', `conjur/${order.service}/ca`)
    const deed: Deed = { kind: 'certificate', operation: 'sign', subject: { resource: webservice } }
    const { graph } = await gate.enter(session)
    try {
      mustSign(graph, session, webservice)
      const settings = settingsOf(webservice, await store.annotations(webservice))
      const ids = [settings.key, settings.chain, settings.passphrase ?? settings.key]
      const passage = await gate.enter(
        session,
        ids.map((resource) => ({ resource })),
      )
      mustSign(passage.graph, session, webservice)
      const authority = authorityOf(parts, webservice, settings, passage)
      const life = lifeOf(order.ttl, settings.maxSeconds, authority, clock())
      const names = namesOf(session.role, order)
      const issued = await issueCertificate(authority, {
        request: order.request,
        ...names,
        ...life,
      })
      const subject = {
        ...deed.subject,
        serial: issued.serialNumber,
        until: life.notAfter.toISOString(),
      }
      await recorder.record([recorder.done(session, { ...deed, subject })])
      return issued.pem
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

function mustSign(graph: RoleGraph, session: Session, webservice: Id): void {
  mustBeAllowed(graph, session, 'sign', webservice)
  // The account is part of what the certificate says: a host of another one would be somebody else in it.
  if (kindOf(session.role) === 'host' && accountOf(session.role) === accountOf(webservice)) return
  throw new Failure('forbidden', `${session.role} is not a host of ${accountOf(webservice)}`)
}

/** How an authority is set up, by annotations of its webservice. */
interface AuthoritySettings {
  readonly key: Id
  readonly passphrase?: Id
  readonly chain: Id
  readonly maxSeconds: number
}

function settingsOf(webservice: Id, annotations: ReadonlyMap<string, string>): AuthoritySettings {
  const variable = (name: string): Id | undefined => {
    const identifier = annotations.get(name) ?? ''
    return identifier === '' ? undefined : makeId(accountOf(webservice), 'variable', identifier)
  }
  const passphrase = variable('ca/private-key-password')
  return {
    key: variable('ca/private-key') ?? missing('ca/private-key'),
    chain: variable('ca/certificate-chain') ?? missing('ca/certificate-chain'),
    ...(passphrase === undefined ? {} : { passphrase }),
    maxSeconds: parseDuration(annotations.get('ca/max_ttl') ?? '') ?? missing('ca/max_ttl'),
  }
}

function missing(annotation: string): never {
  throw notSetUp(`the annotation ${annotation} is missing or makes no sense`)
}

/** Whoever may sign need not know how the authority is set up: the trail alone says what is wrong with it. */
const notSetUp = (why: string): Failure =>
  new Failure('unprocessable_entity', 'the certificate authority is not set up', {
    cause: new Failure('configuration', why),
  })

function authorityOf(
  { vault }: SigningParts,
  webservice: Id,
  settings: AuthoritySettings,
  { graph, values: [key, chain, passphrase] }: Passage,
): Authority {
  const opened = (id: Id, found: Passage['values'][number]): Buffer => {
    mustBeItsOwn(graph, webservice, id)
    if (found === undefined) throw notSetUp(`${id} has no value`)
    return openSecret(vault, id, found)
  }
  const material = {
    key: opened(settings.key, key),
    chain: opened(settings.chain, chain).toString('utf8'),
    ...(settings.passphrase === undefined
      ? {}
      : { passphrase: opened(settings.passphrase, passphrase) }),
  }
  try {
    return openAuthority(material)
  } catch (error) {
    if (error instanceof Failure) throw notSetUp(error.message)
    throw error
  } finally {
    material.key.fill(0)
    material.passphrase?.fill(0)
  }
}

/**
 * INVARIANT: an authority signs with a key that its owner may read, so whoever may only write annotations cannot make it sign with the
 * key of another (attack `confused-deputy`).
 */
function mustBeItsOwn(graph: RoleGraph, webservice: Id, variable: Id): void {
  if (mayItsOwner(graph, webservice, 'execute', variable)) return
  throw notSetUp(`${variable} does not exist, or the owner of ${webservice} may not execute it`)
}

/** So that a clock which is a little behind does not take the certificate for one of the future, in milliseconds. */
const BACKDATED = 60_000

function lifeOf(
  ttl: string,
  maxSeconds: number,
  { certificate }: Authority,
  now: number,
): Pick<CertificateOrder, 'notBefore' | 'notAfter'> {
  const seconds = parseDuration(ttl)
  if (seconds === undefined) {
    throw new Failure('argument_error', `ttl ${quoted(ttl)} is not an ISO 8601 duration`)
  }
  const end = Math.min(
    now + Math.min(seconds, maxSeconds) * 1000,
    certificate.validToDate.getTime(),
  )
  if (end <= now || certificate.validFromDate.getTime() > now) {
    throw notSetUp('the certificate of the authority is not valid now')
  }
  return { notBefore: new Date(now - BACKDATED), notAfter: new Date(end) }
}

/** A name that a resolver can ask for: no wildcard, and nothing that could be read as two names. */
const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

function namesOf(
  host: Id,
  { account, service }: SigningOrder,
): Pick<CertificateOrder, 'commonName' | 'dnsNames' | 'uris'> {
  const id = identifierOf(host)
  const last = id.split('/').at(-1) ?? ''
  const path = [account, ...service.split('/'), 'host', ...id.split('/')]
  return {
    commonName: `${account}:${service}:host:${id}`,
    dnsNames: DNS_NAME.test(last) ? [last] : [],
    uris: [`spiffe://conjur/${path.map(encodeURIComponent).join('/')}`],
  }
}
