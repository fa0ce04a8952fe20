import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate } from './gate.ts'
import { openIssuerData } from './issuer-data.ts'
import type { IssuerKind, IssuerKinds } from './issuer-kinds.ts'
import { issuerOf, issuerPolicy, issuersPolicy } from './issuer-policy.ts'
import type { IssuerStore, StoredIssuer } from './issuer-store.ts'
import { isPermitted } from './permission.ts'
import type { Deed, Recorder } from './recorder.ts'
import { notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { Vault } from './vault.ts'

/** What reading issuers stands on. */
export interface IssuerParts {
  readonly gate: Gate
  readonly store: IssuerStore
  readonly vault: Vault
  readonly recorder: Recorder
  readonly kinds: IssuerKinds
}

/** An issuer as it may be shown. */
export interface IssuerView {
  readonly id: string
  readonly account: string
  readonly type: string
  /** In seconds. */
  readonly maxTtl: number
  /** What is secret of it is {@link MASK}. */
  readonly data: ReadonlyMap<string, string>
  readonly createdAt: Date
  readonly modifiedAt: Date
}

/** What is shown instead of a secret (reference/conjur-api.md 1.11). */
export const MASK = '*****'

/** What the trail says of something that was done to an issuer (reference/conjur-api.md 7.4). */
export const issuerDeed = (operation: string, account: string, issuer: string): Deed => ({
  kind: 'issuer',
  operation,
  subject: { account, issuer },
})

/** All of an issuer that may be shown, or how long what it issues may be good and nothing else. */
export type Projection = 'full' | 'minimal'

/** An issuer that the caller may `read`. Throws `not_found` alike when it is invisible and when there is none, else `forbidden`. */
export type ShowIssuer = (
  session: Session,
  account: string,
  issuer: string,
  projection: Projection,
) => Promise<IssuerView>

export function showIssuer(parts: IssuerParts): ShowIssuer {
  const { gate, store, recorder } = parts
  return async (session, account, issuer, projection) => {
    const { graph } = await gate.enter(session)
    const deed = issuerDeed(projection === 'full' ? 'fetch' : 'fetch-minimum', account, issuer)
    return recorder.during(session, deed, async () => {
      const policy = issuerPolicy(account, issuer)
      mustBeAllowedOnIssuer(graph, session, 'read', policy)
      const found = await store.issuer(policy)
      if (found === undefined) throw noSuchIssuer(issuer)
      return viewOf(parts, found)
    })
  }
}

/** All issuers of an account, by name, for whoever may `update` the policy of all; throws `forbidden` alike without that and when it is missing. */
export type ListIssuers = (session: Session, account: string) => Promise<readonly IssuerView[]>

export function listIssuers(parts: IssuerParts): ListIssuers {
  const { gate, store, recorder } = parts
  return async (session, account) => {
    const { graph } = await gate.enter(session)
    return recorder.during(session, issuerDeed('list', account, '*'), async () => {
      const all = issuersPolicy(account)
      if (!isPermitted(graph, session, 'update', all)) {
        throw notPermitted(session.role, 'update', all)
      }
      return (await store.issuers(account)).map((found) => viewOf(parts, found))
    })
  }
}

/** The issuer with its secrets masked. */
export function viewOf(
  { vault, kinds }: Pick<IssuerParts, 'vault' | 'kinds'>,
  found: StoredIssuer,
): IssuerView {
  const { policy, type, maxTtl, createdAt, modifiedAt } = found
  const { secretMembers } = kindOfIssuer(kinds, found)
  const data = Array.from(
    openIssuerData(vault, found),
    ([name, value]) => [name, secretMembers.has(name) ? MASK : value] as const,
  )
  return {
    id: issuerOf(policy),
    account: accountOf(policy),
    type,
    maxTtl,
    data: new Map(data),
    createdAt,
    modifiedAt,
  }
}

/** The kind of an issuer that was made by this server or an earlier one. */
export function kindOfIssuer(kinds: IssuerKinds, { policy, type }: StoredIssuer): IssuerKind {
  const kind = kinds.get(type)
  if (kind !== undefined) return kind
  throw new Failure('not_implemented', `${policy} is of a kind that this server does not have`)
}

/** An issuer that is not there, or that the caller may not know of (reference/conjur-api.md 1.11). `why` tells them apart for the trail. */
export const noSuchIssuer = (issuer: string, why?: Failure): Failure =>
  new Failure('not_found', 'Issuer not found', {
    wire: { target: 'issuer', details: { code: 'not_found', target: 'id', message: issuer } },
    ...(why === undefined ? {} : { cause: why }),
  })

/** Throws {@link noSuchIssuer} when the policy of an issuer is invisible, `forbidden` when the privilege is missing. */
export function mustBeAllowedOnIssuer(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  policy: Id,
): void {
  const { role } = session
  if (!graph.visible(role, policy)) {
    throw noSuchIssuer(issuerOf(policy), whyInvisible(graph, role, policy))
  }
  if (!isPermitted(graph, session, privilege, policy)) throw notPermitted(role, privilege, policy)
}
