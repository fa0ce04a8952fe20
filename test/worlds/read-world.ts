import assert from 'node:assert/strict'
import { parse } from 'yaml'
import type { Row } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { adminOf, kindOf, makeId, parseIdIn } from '#domain/id.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Mode } from '#policy/compile.ts'
import { planPolicy } from '#policy/plan.ts'
import { atOnce } from '../policy/loading.ts'
import { MemoryWorld } from '../policy/memory-world.ts'

/** That a role may, or may not, do something. */
export interface Statement {
  readonly role: Id
  readonly privilege: string
  readonly resource: Id
}

/** A world as README.md beside this file describes it. */
export interface DescribedWorld {
  readonly title: string
  readonly account: string
  /** Empty when the world is described by its owners. */
  readonly policies: readonly DescribedLoad[]
  readonly rows: readonly Row[]
  readonly allowed: readonly Statement[]
  readonly refused: readonly Statement[]
  /** For each role exactly the resources that it sees. */
  readonly sees: ReadonlyMap<Id, readonly Id[]>
}

/** A policy that made the world. */
export interface DescribedLoad {
  readonly branch: string
  readonly mode: Mode
  readonly text: string
}

type IdLists = ReadonlyMap<Id, readonly Id[]>

const SECTIONS = 'title account policies owners grants permissions allowed refused sees'.split(' ')
const RESOURCES_ONLY = new Set(['variable', 'webservice', 'public_key', 'configuration'])

/** The world that `text` describes; throws when it says anything that README.md does not allow. */
export function readWorld(text: string): DescribedWorld {
  const sections = new Map(entriesOf(parse(text)))
  for (const name of sections.keys()) assert.ok(SECTIONS.includes(name), `unknown section ${name}`)
  const account = textOf(sections.get('account'))
  const policies = loadsOf(sections.get('policies') ?? [])
  const owners = idLists(account, policies.length > 0 ? {} : sections.get('owners'))
  const statements = (name: string): readonly Statement[] =>
    statementsOf(account, sections.get(name) ?? {})

  const grants = idLists(account, sections.get('grants') ?? {})
  const permissions = statements('permissions')
  const world = {
    title: textOf(sections.get('title')),
    account,
    policies,
    rows:
      policies.length > 0
        ? loadedRows(account, policies)
        : [...ownerRows(owners), ...grantRows(grants), ...permissionRows(permissions)],
    allowed: statements('allowed'),
    refused: statements('refused'),
    sees: idLists(account, sections.get('sees') ?? {}),
  }
  const declared = new Set(policies.length > 0 ? idsOf(world.rows) : idsIn(owners))
  mustBeDeclared(declared, [
    ...idsIn(grants),
    ...idsIn(world.sees),
    ...[permissions, world.allowed, world.refused]
      .flat()
      .flatMap(({ role, resource }) => [role, resource]),
  ])
  return world
}

/** The rows that ownership makes: a role for every owner, and for all that it owns a resource and, by kind, a role it holds. */
function ownerRows(owners: IdLists): readonly Row[] {
  const owned = [...owners.values()].flat()
  assert.equal(new Set(owned).size, owned.length, 'something has two owners')
  const first = [...owners.keys()].filter((owner) => !owned.includes(owner))
  return [
    ...first.map((id): Row => ({ table: 'role', id })),
    ...[...owners].flatMap(([owner, ids]) => ids.flatMap((id) => ownedRows(owner, id))),
  ]
}

function ownedRows(owner: Id, id: Id): readonly Row[] {
  const resource: Row = { table: 'resource', id, owner }
  if (RESOURCES_ONLY.has(kindOf(id))) return [resource]
  return [
    { table: 'role', id },
    resource,
    { table: 'membership', role: id, member: owner, ownership: true, admin: true },
  ]
}

const grantRows = (grants: IdLists): readonly Row[] =>
  [...grants].flatMap(([role, members]) =>
    members.map((member): Row => ({
      table: 'membership',
      role,
      member,
      ownership: false,
      admin: false,
    })),
  )

const permissionRows = (permissions: readonly Statement[]): readonly Row[] =>
  permissions.map((statement) => ({ table: 'permission', ...statement }))

function mustBeDeclared(declared: ReadonlySet<Id>, mentioned: readonly Id[]): void {
  for (const id of mentioned) assert.ok(declared.has(id), `nothing declares ${id}`)
}

const idsOf = (rows: readonly Row[]): readonly Id[] =>
  rows.flatMap((row) => (row.table === 'role' || row.table === 'resource' ? [row.id] : []))

const MODES = { POST: 'add', PATCH: 'update', PUT: 'replace' } as const

function loadsOf(value: unknown): readonly DescribedLoad[] {
  assert.ok(Array.isArray(value), 'policies is not a list')
  return value.map((one) => {
    const { POST, PATCH, PUT, branch = 'root', ...others } = Object.fromEntries(entriesOf(one))
    assert.deepEqual(Object.keys(others), [])
    const texts = Object.entries({ POST, PATCH, PUT }).filter(([, text]) => text !== undefined)
    const [[method, text] = [], ...more] = texts
    assert.ok(more.length === 0 && (method === 'POST' || method === 'PATCH' || method === 'PUT'))
    return { branch: textOf(branch), mode: MODES[method], text: textOf(text) }
  })
}

/** The rows of an account into which the policies are loaded, one after the other. */
function loadedRows(account: string, policies: readonly DescribedLoad[]): readonly Row[] {
  const world = MemoryWorld.account(account)
  for (const { branch, mode, text } of policies) {
    const target = makeId(account, 'policy', branch)
    const owner = world.resource(target)?.owner ?? adminOf(account)
    const desired = compilePolicy({ text, account, target, owner, mode })
    world.apply(atOnce(planPolicy(desired, world, world)).changes)
  }
  return world.rows
}

const idsIn = (lists: IdLists): readonly Id[] => [...lists].flatMap(([id, ids]) => [id, ...ids])

const statementsOf = (account: string, section: unknown): readonly Statement[] =>
  entriesOf(section).flatMap(([role, rights]) =>
    entriesOf(rights).flatMap(([privilege, resources]) =>
      idList(account, resources).map((resource) => ({
        role: parseIdIn(account, role),
        privilege,
        resource,
      })),
    ),
  )

const idLists = (account: string, section: unknown): IdLists =>
  new Map(
    entriesOf(section).map(([id, ids]) => [parseIdIn(account, id), idList(account, ids)] as const),
  )

function idList(account: string, value: unknown): readonly Id[] {
  assert.ok(Array.isArray(value), `${JSON.stringify(value)} is not a list`)
  return value.map((id) => parseIdIn(account, textOf(id)))
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  assert.ok(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    `${JSON.stringify(value)} is not a mapping`,
  )
  return Object.entries(value)
}

function textOf(value: unknown): string {
  assert.ok(typeof value === 'string', `${JSON.stringify(value)} is not a text`)
  return value
}
