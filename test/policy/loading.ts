import { adminOf, makeId, parseId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Desired, Mode } from '#policy/compile.ts'
import { PolicyFault } from '#policy/fault.ts'
import { planPolicy } from '#policy/plan.ts'
import type { Plan } from '#policy/plan.ts'
import { MemoryWorld } from './memory-world.ts'

/** Where and how a test loads a policy; `policy` is the identifier of the target. */
export interface Loading {
  readonly mode?: Mode
  readonly policy?: string
}

/** An id of the account that the tests use: `id('host:shop/web')`. */
export const id = (kindAndIdentifier: string): Id => parseId(`acme:${kindAndIdentifier}`)

export const emptyWorld = (): MemoryWorld => MemoryWorld.account('acme')

export function compile(text: string, { mode = 'update', policy = 'root' }: Loading = {}): Desired {
  const target = makeId('acme', 'policy', policy)
  return compilePolicy({ text, account: 'acme', target, owner: adminOf('acme'), mode })
}

export function plan(world: MemoryWorld, text: string, loading: Loading = {}): Plan {
  const { mode = 'update', policy = 'root' } = loading
  const target = makeId('acme', 'policy', policy)
  const owner = world.resource(target)?.owner ?? adminOf('acme')
  const desired = compilePolicy({ text, account: 'acme', target, owner, mode })
  return planPolicy(desired, world, world)
}

/** Plans and applies. */
export function load(world: MemoryWorld, text: string, loading: Loading = {}): Plan {
  const planned = plan(world, text, loading)
  world.apply(planned.changes)
  return planned
}

/** A world with the policies loaded one after the other into the root. */
export function worldOf(...texts: readonly string[]): MemoryWorld {
  const world = emptyWorld()
  for (const text of texts) load(world, text)
  return world
}

/** The fault that `run` throws; anything else is passed on. */
export function faultOf(run: () => unknown): PolicyFault {
  try {
    run()
  } catch (error) {
    if (error instanceof PolicyFault) return error
    throw error
  }
  throw new Error('no fault was thrown')
}

/** The problems of a text as `line:column message <offending text>`. */
export const problemsOf = (text: string, loading?: Loading): readonly string[] =>
  faultOf(() => compile(text, loading)).problems.map(
    ({ line, column, message, offendingText }) => `${line}:${column} ${message} <${offendingText}>`,
  )

/** The problems that planning a text on a world meets, as `line:column message`. */
export const faultsOf = (world: MemoryWorld, text: string, loading?: Loading): readonly string[] =>
  faultOf(() => plan(world, text, loading)).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  )

/** The advice on the first problem of a text. */
export const adviceOn = (text: string): string | undefined =>
  faultOf(() => compile(text)).problems[0]?.advice

/** The changes of a plan as `add role host:x`, without the account. */
export const changesOf = ({ changes }: Plan): readonly string[] =>
  changes.map(({ op, row }) => {
    const names = Object.entries(row).flatMap(([name, value]) =>
      name === 'table' || name === 'policy' ? [] : [String(value).replaceAll('acme:', '')],
    )
    return [op, row.table, ...names].join(' ')
  })

export const root: Id = rootPolicyOf('acme')
