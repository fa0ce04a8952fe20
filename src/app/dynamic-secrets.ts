import { accountOf, identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { boundedWork } from '#crypto/bounded-work.ts'
import type { AnnotationStore } from './annotation-store.ts'
import { methodFaults } from './dynamic-rules.ts'
import {
  ISSUER_ANNOTATION,
  METHOD_ANNOTATION,
  parametersIn,
  TTL_ANNOTATION,
} from './dynamic-variable.ts'
import { openIssuerData } from './issuer-data.ts'
import type { IssueMethod, IssuerKinds } from './issuer-kinds.ts'
import { policyNamed } from './issuer-policy.ts'
import type { IssuerStore, StoredIssuer } from './issuer-store.ts'
import { kindOfIssuer } from './issuers.ts'
import type { Deed } from './recorder.ts'
import type { Session } from './session.ts'
import type { Vault } from './vault.ts'

/** What making secrets stands on. */
export interface DynamicSecretParts {
  readonly store: AnnotationStore & IssuerStore
  readonly vault: Vault
  readonly kinds: IssuerKinds
  /** Some letters and digits that nobody can guess and no other secret has. */
  readonly newTag: () => string
  /** How many secrets one request may have made; 10 unless said otherwise (reference/conjur-api.md 7.7). */
  readonly maxPerRequest?: number
}

/** A secret that was made just now. */
export interface IssuedSecret {
  readonly value: Buffer
  readonly mimeType: string
  /** What the trail says of it besides its variable: who issued it, how, for how long and under which name of the other side. */
  readonly facts: Deed['subject']
}

/** The secrets that are made when they are asked for, and never kept. */
export interface DynamicSecrets {
  readonly maxPerRequest: number
  /**
   * A new value of a dynamic variable that the caller may execute. Throws `unprocessable_entity` when the variable has no issuer that could
   * make it, or the issuer's other side refuses; otherwise like {@link IssueMethod.issue}.
   */
  issue(session: Session, variable: Id): Promise<IssuedSecret>
}

/** How many values are made at a time, and how many requests more may wait for that; the others are told to come again. */
const AT_ONCE = 32
const WAITING = 256

/** A life that nobody asked for, in seconds: that of a session of a role at AWS. */
const USUAL_TTL = 3600

/** Makes secrets by the issuers of `parts`. */
export function createDynamicSecrets(parts: DynamicSecretParts): DynamicSecrets {
  const bounded = boundedWork(AT_ONCE, WAITING, 'secrets')
  return {
    maxPerRequest: parts.maxPerRequest ?? 10,
    issue: (session, variable) => bounded(() => issueOne(parts, session, variable)),
  }
}

async function issueOne(
  parts: DynamicSecretParts,
  session: Session,
  variable: Id,
): Promise<IssuedSecret> {
  const annotations =
    (await parts.store.annotationsOf([variable])).get(variable) ?? new Map<string, string>()
  const issuer = await issuerFor(parts, variable, annotations)
  const { name, method } = methodFor(parts, variable, issuer, annotations)
  const ttl = lifeOf(method, issuer, annotations.get(TTL_ANNOTATION))
  const tag = sessionName(session.role, parts.newTag())
  const value = await method.issue({
    data: openIssuerData(parts.vault, issuer),
    parameters: parametersIn(annotations),
    ttl,
    session: tag,
  })
  const facts = { issuer: issuer.policy, method: name, ttl, session: tag }
  return { value, mimeType: 'application/json', facts }
}

async function issuerFor(
  { store }: DynamicSecretParts,
  variable: Id,
  annotations: ReadonlyMap<string, string>,
): Promise<StoredIssuer> {
  const policy = policyNamed(accountOf(variable), annotations.get(ISSUER_ANNOTATION) ?? '')
  const found = policy && (await store.issuer(policy))
  if (found !== undefined) return found
  throw new Failure('unprocessable_entity', `Issuer assigned to ${variable} was not found`)
}

/** Annotations were checked when they were loaded, maybe by a server that knew other rules. */
function methodFor(
  { kinds }: DynamicSecretParts,
  variable: Id,
  issuer: StoredIssuer,
  annotations: ReadonlyMap<string, string>,
): { readonly name: string; readonly method: IssueMethod } {
  const kind = kindOfIssuer(kinds, issuer)
  const [fault] = methodFaults(identifierOf(variable), kind, issuer.maxTtl, annotations)
  if (fault !== undefined) throw new Failure('unprocessable_entity', fault.message)
  const name = annotations.get(METHOD_ANNOTATION) ?? ''
  const method = kind.methods.get(name)
  if (method === undefined) throw new Error(`the method of ${variable} passed a check in vain`)
  return { name, method }
}

const lifeOf = (method: IssueMethod, { maxTtl }: StoredIssuer, asked?: string): number =>
  asked === undefined ? Math.min(USUAL_TTL, maxTtl, method.maxTtl) : Number(asked)

/**
 * The name that a secret's use shows under at the other side: the end of the role's identifier, by which people know it, and a tag that the
 * trail has as well.
 */
function sessionName(role: Id, tag: string): string {
  const spoken = identifierOf(role).replaceAll(/[^A-Za-z0-9_=,.@-]+/g, '-')
  return `${spoken.slice(-(32 - tag.length - 1))}-${tag}`
}
