import assert from 'node:assert/strict'
import { adminOf, makeId, parseId, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Desired, Mode } from '#policy/compile.ts'
import { PolicyFault } from '#policy/fault.ts'
import type { PolicyProblem } from '#policy/fault.ts'
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
  return atOnce(planPolicy(desired, world, world))
}

/** Goes through all the steps. */
export function atOnce<Result>(steps: Iterator<void, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
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

/** The fault that `run` throws, each of whose problems says where it is and what to do; anything else is passed on. */
export function faultOf(run: () => unknown): PolicyFault {
  try {
    run()
  } catch (error) {
    if (!(error instanceof PolicyFault)) throw error
    for (const problem of error.problems) mustBeUseful(problem)
    return error
  }
  throw new Error('no fault was thrown')
}

function mustBeUseful(problem: PolicyProblem): void {
  const { line, column, message, advice, offendingText } = problem
  assert.ok(line >= 1 && column >= 1 && offendingText.length <= 80, JSON.stringify(problem))
  assert.ok(message.length > 0 && advice.length > 0, JSON.stringify(problem))
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
