import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustBeLoadable, planLoad, readable } from '#app/policy-plan.ts'
import type { PolicyLoad } from '#app/policy-plan.ts'
import type { Session } from '#app/session.ts'
import type { Row } from '#domain/change.ts'
import { adminOf, identifierOf, kindOf, makeId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { Random } from '../domain/random.ts'
import { accessOf } from '../domain/reference-access.ts'
import { load, worldOf } from '../policy/loading.ts'
import { MemoryWorld } from '../policy/memory-world.ts'

const id = (kind: string, identifier: string): Id => makeId('acme', kind, identifier)

const OUTSIDE = `
- !group ops
- !host gate
- !user boss
- !variable secret
- !policy { id: other, body: [!group crew, !variable secret, !user dev] }
- !policy { id: team-lead, body: [!user ann, !variable secret] }
- !grant { role: !group ops, member: !user boss }
- !permit { role: !group ops, privileges: [read, execute, update], resource: !variable secret }
- !policy team
- !user dev
- !permit { role: !user dev, privileges: [read, create, update], resource: !policy team }
`

const KINDS = ['group', 'host', 'user', 'policy', 'layer', 'variable'] as const
const ROLES = KINDS.slice(0, 5)
const OWN_NAMES = ['x', 'crew', 'sub/crew', 'lead']

/** Names of what is not in the branch, as somebody writes them who wants it. */
const OTHER_NAMES = [
  '/ops',
  '/boss',
  '/admin',
  '/root',
  '../secret',
  '../ops',
  '/other/crew',
  '../../admin',
  'lead/ann',
  'dev',
]

/** Statements of a branch by somebody who knows what there is, and who wants more than the branch. */
class Author {
  readonly #random: Random
  readonly #roles: readonly Id[]

  constructor(random: Random, rows: readonly Row[]) {
    this.#random = random
    this.#roles = rows.flatMap((row) => (row.table === 'role' ? [row.id] : []))
  }

  text(): string {
    const count = this.#random.pick([1, 1, 1, 2, 3])
    return Array.from({ length: count }, () => this.#statement()).join('\n')
  }

  #statement(): string {
    const name = this.#random.pick(OWN_NAMES)
    const kind = this.#random.pick(KINDS)
    const own = `!${this.#random.pick(KINDS)} ${name}`
    return this.#random.pick([
      () => `- ${own}`,
      () => `- ${own}`,
      () => `- ${this.#thing()}`,
      () => `- !${kind} { id: ${name}, owner: ${this.#anybody()} }`,
      () => `- !user x\n- !policy { id: ${name}, owner: !user x, body: [!group crew, !user x] }`,
      () => `- !policy { id: lead, body: [!user ann, ${own}] }`,
      () => `- !grant { role: ${this.#thing()}, member: ${this.#anybody()} }`,
      () =>
        `- !permit { role: ${this.#anybody()}, privileges: [read, create, update], resource: ${this.#thing()} }`,
      () => `- !layer\n- !host-factory { id: x, layers: ${this.#thing()} }`,
      () => `- !delete { record: ${this.#thing()} }`,
      () => `- !revoke { role: ${this.#thing()}, member: ${this.#anybody()} }`,
      () => `- !deny { role: ${this.#anybody()}, privilege: execute, resource: ${this.#thing()} }`,
    ])()
  }

  /** What a statement is about: something of the branch, or something else that is worth a try. */
  #thing(): string {
    const names = this.#random.chance(70) ? OWN_NAMES : OTHER_NAMES
    return `!${this.#random.pick(KINDS)} ${this.#random.pick(names)}`
  }

  /** Whoever there is, or may be. */
  #anybody(): string {
    if (this.#random.chance(80)) {
      const role = this.#random.pick(this.#roles)
      return `!${kindOf(role).replace('_', '-')} { id: "/${identifierOf(role)}" }`
    }
    return `!${this.#random.pick(ROLES)} ${this.#random.pick([...OWN_NAMES, ...OTHER_NAMES])}`
  }
}

interface Installation {
  readonly graph: RoleGraph
  readonly world: MemoryWorld
}

/** What the use-case of loading does to who may do what; says whether it was done. */
async function tryLoad(
  { graph, world }: Installation,
  role: Id,
  asked: PolicyLoad,
): Promise<boolean> {
  const session: Session = {
    role,
    account: 'acme',
    generation: '',
    issuedAt: 0,
    expiresAt: 480_000,
    cidrs: [],
    clientIp: '::1',
    request: 'r',
  }
  const transaction = { annotations: async () => world }
  try {
    mustBeLoadable(graph, session, asked)
    const { changes } = await planLoad({ graph, session, transaction }, readable(asked, {}), {})
    world.apply(changes)
    graph.apply(changes)
    return true
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}

const isInside = (one: Id): boolean =>
  kindOf(one) === 'user'
    ? /@team(?:-|$)/.test(identifierOf(one)) && identifierOf(one) !== 'ann@team-lead'
    : /^team(?:\/|$)/.test(identifierOf(one)) ||
      (kindOf(one) === 'public_key' && /^user\/[^/]*@team/.test(identifierOf(one)))

/** The sentences of the reference that end outside of the branch: all of them must stay as they are. */
const accessOutside = ({ world }: Installation): readonly string[] =>
  accessOf(world.rows).filter((sentence) => {
    const [, end = ''] = /.* (\S+)$/.exec(sentence) ?? []
    return known.has(end)
  })

const base = worldOf(OUTSIDE)
const known: ReadonlySet<string> = new Set(
  base.rows.flatMap((row) => ('id' in row && !isInside(row.id) ? [row.id] : [])),
)

test('`escalation`: no sequence of loads by who may load a branch, or by whom they make, changes who may do what outside of it', async () => {
  const outcomes = { done: 0, refused: 0, byOthers: 0 }
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = new Random(seed)
    const world = new MemoryWorld(base.rows)
    const installation = { world, graph: new RoleGraph(world.rows) }
    const before = accessOutside(installation)
    const dev = id('user', 'dev')
    const log: string[] = []
    for (let step = 0; step < 12; step += 1) {
      const inside = world.rows.flatMap((row) =>
        row.table === 'role' && isInside(row.id) ? [row.id] : [],
      )
      const policies = inside.filter((one) => kindOf(one) === 'policy')
      const loader = random.chance(50) ? dev : random.pick([dev, ...inside])
      const target = random.chance(80)
        ? random.pick(policies)
        : random.pick([rootPolicyOf('acme'), id('policy', 'other'), id('policy', 'team-lead')])
      const mode = random.pick(['add', 'update', 'update', 'replace'] as const)
      const text = new Author(random, world.rows).text()
      log.push(`${loader} ${mode} ${target}\n${text}`)
      const isDone = await tryLoad(installation, loader, { target, mode, text })
      outcomes[isDone ? 'done' : 'refused'] += 1
      if (isDone && loader !== dev) outcomes.byOthers += 1
      assert.deepEqual(accessOutside(installation), before, `seed ${seed}\n${log.join('\n\n')}`)
    }
  }
  assert.ok(outcomes.done > 300 && outcomes.byOthers > 20, JSON.stringify(outcomes))
})

test('the administrator could: the test above would see it', async () => {
  const world = worldOf(OUTSIDE)
  const installation = { world, graph: new RoleGraph(world.rows) }
  const before = accessOutside(installation)
  const text = '- !grant { role: !group ops, member: !user dev }'
  const asked = { target: rootPolicyOf('acme'), mode: 'add', text } as const
  assert.ok(await tryLoad(installation, adminOf('acme'), asked))
  assert.notDeepEqual(accessOutside(installation), before)
  load(world, '- !variable new')
})
