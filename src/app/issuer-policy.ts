import type { Change, Row } from '#domain/change.ts'
import { adminOf, identifierOf, makeId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'

/** The policy that all issuers of an account are in: who may do what to it may do that to issuers. */
export const issuersPolicy = (account: string): Id => makeId(account, 'policy', 'conjur/issuers')

/** The policy that stands for one issuer. */
export const issuerPolicy = (account: string, issuer: string): Id =>
  makeId(account, 'policy', `${identifierOf(issuersPolicy(account))}/${issuer}`)

/** What an issuer may be called (reference/conjur-api.md 1.11). */
export const ISSUER_NAME: RegExp = /^[A-Za-z0-9+_-]{1,60}$/

/** The policy of the issuer that somebody names; `undefined` for what no issuer is called, such as a path to another policy. */
export const policyNamed = (account: string, name: string): Id | undefined =>
  ISSUER_NAME.test(name) ? issuerPolicy(account, name) : undefined

/** The name of the issuer that a policy stands for. */
export const issuerOf = (policy: Id): string => identifierOf(policy).slice('conjur/issuers/'.length)

/** Who owns the policy of all issuers, or would if it were there. */
export const issuersOwner = (graph: RoleGraph, account: string): Id =>
  graph.resource(issuersPolicy(account))?.owner ??
  graph.resource(rootPolicyOf(account))?.owner ??
  adminOf(account)

/**
 * The changes that make the policy of an issuer, and that of all issuers where it is missing: with a group of consumers, who may see
 * the issuer and use it (reference/conjur-api.md 1.11). What is there already stays as it is.
 */
export function issuerAddition(
  graph: RoleGraph,
  account: string,
  issuer: string,
): readonly Change[] {
  const all = issuersPolicy(account)
  const policy = issuerPolicy(account, issuer)
  const delegation = makeId(account, 'policy', `${identifierOf(policy)}/delegation`)
  const consumers = makeId(account, 'group', `${identifierOf(delegation)}/consumers`)
  const permissions = ['read', 'use'].map((privilege): Row => ({
    table: 'permission',
    resource: policy,
    role: consumers,
    privilege,
    policy: all,
  }))
  return [
    ...roleOwnedBy(graph, all, issuersOwner(graph, account), rootPolicyOf(account)),
    ...roleOwnedBy(graph, policy, all, all),
    ...roleOwnedBy(graph, delegation, policy, all),
    ...roleOwnedBy(graph, consumers, delegation, all),
    ...permissions.map((row): Change => ({ op: 'add', row })),
  ]
}

/** A role with its resource, loaded through `policy`; nothing when it is there. */
function roleOwnedBy(graph: RoleGraph, id: Id, owner: Id, policy: Id): readonly Change[] {
  if (graph.resource(id) !== undefined) return []
  const held = { table: 'membership', role: id, member: owner, ownership: true } as const
  return [
    { op: 'add', row: { table: 'role', id, policy } },
    { op: 'add', row: { table: 'resource', id, owner, policy } },
    { op: 'add', row: { ...held, admin: true, policy } },
  ]
}
