/**
 * The clients of the durability test. They write, load and read until the server is killed under them, and keep book of what they were
 * promised, so that it can be held against what is there afterwards.
 */
import assert from 'node:assert/strict'
import { Failure } from '#lib/failure.ts'
import type { Answer, Call } from '#client/transport.ts'
import { policyPath, type Rest, variablePath } from './rest.ts'

/** What is known of one variable, whose values are counted. Only one client writes it. */
interface Counter {
  readonly id: string
  /** The newest value that was tried to set. */
  attempted: number
  /** The newest value that must be there: it was acknowledged, or somebody has read it. */
  certain: number
}

/** What the clients were promised, over all crashes. */
export interface Ledger {
  readonly counters: readonly Counter[]
  /** The policies whose load was acknowledged, and those that were tried: each makes two variables. */
  readonly loaded: Set<string>
  readonly tried: Set<string>
  /** The requests by which a value was released, set or loaded, as the audit trail must know them: their kind by their id. */
  readonly audited: Map<string, 'fetch' | 'update' | 'policy'>
}

/** An empty ledger of so many counters. */
export const newLedger = (counters: number): Ledger => ({
  counters: Array.from({ length: counters }, (_, index) => ({
    id: `counter-${index}`,
    attempted: 0,
    certain: 0,
  })),
  loaded: new Set(),
  tried: new Set(),
  audited: new Map(),
})

/** The policy that makes the variables of the ledger. */
export const counterPolicy = ({ counters }: Ledger): string =>
  counters.map(({ id }) => `- !variable ${id}\n`).join('')

/** The two variables of a policy that a client loads: both are there or none. */
export const variablesOf = (load: string): readonly [string, string] => [`${load}-a`, `${load}-b`]

/** Clients at work on one server. */
export interface CrashClients {
  /** From now on requests may fail, because the server is about to be killed. */
  expectTheEnd(): void
  /** Resolves when all have noticed that the server is gone; throws when one was lied to. */
  readonly done: Promise<void>
}

/** Starts the clients: a writer for each counter, as many readers, and one that loads policies. `round` makes their requests unique. */
export function startClients(rest: Rest, ledger: Ledger, round: number): CrashClients {
  const end = { isNear: false }
  const ask = patiently(rest, end)
  const each = ledger.counters.map((counter, index) => [
    writeOn(ask, ledger, counter, `${round}-w${index}`),
    readOn(ask, ledger, counter, `${round}-r${index}`),
  ])
  const done = Promise.all([...each.flat(), loadOn(ask, ledger, `${round}-l`)])
  // It is awaited only after the server was killed; until then a failure is kept.
  done.catch(() => undefined)
  return {
    expectTheEnd() {
      end.isNear = true
    },
    done: done.then(() => undefined),
  }
}

/** Asks, with an id by which the trail can be searched; `undefined` when there is no server to ask any more. */
type Ask = (id: string, call: Call) => Promise<Answer | undefined>

const patiently =
  (rest: Rest, end: { readonly isNear: boolean }): Ask =>
  async (id, call) => {
    try {
      const answer = await rest.send({ ...call, headers: { 'X-Request-Id': id } })
      assert.ok(
        [200, 201, 503].includes(answer.status),
        `${answer.status} ${answer.body.toString()}`,
      )
      assert.ok(answer.status !== 503 || end.isNear, 'refused before the end')
      return answer
    } catch (error) {
      if (error instanceof Failure && error.code === 'unreachable' && end.isNear) return undefined
      throw error
    }
  }

async function writeOn(ask: Ask, ledger: Ledger, counter: Counter, name: string): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const id = `${name}-${turn}`
    counter.attempted += 1
    const value = counter.attempted
    const path = variablePath(counter.id)
    const answer = await ask(id, { method: 'POST', path, body: String(value) })
    if (answer === undefined) return
    if (answer.status !== 201) continue
    counter.certain = Math.max(counter.certain, value)
    ledger.audited.set(id, 'update')
  }
}

async function readOn(ask: Ask, ledger: Ledger, counter: Counter, name: string): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const id = `${name}-${turn}`
    const { certain } = counter
    const answer = await ask(id, { method: 'GET', path: variablePath(counter.id) })
    if (answer === undefined) return
    if (answer.status !== 200) continue
    noteReading(counter, certain, answer)
    ledger.audited.set(id, 'fetch')
  }
}

/** A value that was read must be at least as new as what was certain when it was asked for, and is certain from now on. */
export function noteReading(counter: Counter, certain: number, answer: Answer): void {
  const value = Number(answer.body.toString())
  assert.ok(value >= certain, `${counter.id} went back from ${certain} to ${value}`)
  assert.ok(value <= counter.attempted, `${counter.id} is ${value}, which nobody has set`)
  counter.certain = Math.max(counter.certain, value)
}

async function loadOn(ask: Ask, ledger: Ledger, name: string): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const id = `${name}-${turn}`
    ledger.tried.add(id)
    const body = variablesOf(id)
      .map((variable) => `- !variable ${variable}\n`)
      .join('')
    const answer = await ask(id, { method: 'POST', path: policyPath('root'), body })
    if (answer === undefined) return
    if (answer.status !== 201) continue
    ledger.loaded.add(id)
    ledger.audited.set(id, 'policy')
  }
}
