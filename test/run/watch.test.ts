import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import type { Ending, Running } from '#run/child.ts'
import { supervise } from '#run/supervise.ts'
import type { SecretEntry } from '#run/secret-entry.ts'
import type { Values } from '#run/values.ts'
import { watchValues } from '#run/watch.ts'

const A: SecretEntry = { key: 'A', from: { kind: 'variable', id: 'a' }, toFile: false }
const B: SecretEntry = { key: 'B', from: { kind: 'variable', id: 'b' }, toFile: false }

const state = (a: string, b?: string): Values =>
  new Map([
    [A, Buffer.from(a)] as const,
    ...(b === undefined ? [] : [[B, Buffer.from(b)] as const]),
  ])

const shown = (values: Values): string =>
  [...values].map(([{ key }, value]) => `${key}=${value.toString()}`).join(' ')

interface Watched {
  readonly changes: readonly string[]
  readonly pauses: readonly number[]
  readonly told: readonly string[]
}

/** Watches through `states`, of which a text stands for a failure, and then stops. */
async function watched(states: readonly (Values | string)[], random = 0.5): Promise<Watched> {
  const pauses: number[] = []
  const told: string[] = []
  const stop = new AbortController()
  const left = [...states]
  const parts = {
    intervalMs: 1000,
    random: () => random,
    wait: async (ms: number, signal: AbortSignal) => {
      pauses.push(Math.round(ms))
      if (left.length === 0) stop.abort()
      signal.throwIfAborted()
    },
    fetch: async () => {
      const next = left.shift() ?? assert.fail('asked too often')
      if (typeof next === 'string') throw new Failure('unreachable', next)
      return { values: next }
    },
    tell: (error: unknown) => void told.push(error instanceof Failure ? error.message : 'bug'),
    say: (text: string) => void told.push(text),
  }
  const changes: string[] = []
  for await (const values of watchValues(parts, state('1', '1'), stop.signal)) {
    changes.push(shown(values))
  }
  return { changes, pauses, told }
}

test('only what differs from the state before is a change', async () => {
  const { changes, told } = await watched([
    state('1', '1'),
    state('2', '1'),
    state('2', '1'),
    state('1', '1'),
  ])
  assert.deepEqual(changes, ['A=2 B=1', 'A=1 B=1'])
  assert.deepEqual(told, [])
})

test('a value that cannot be looked up stays as it was', async () => {
  const { changes } = await watched([state('1'), state('2'), state('2', '2')])
  assert.deepEqual(changes, ['A=2 B=1', 'A=2 B=2'])
})

test('a failure is told once, the pauses grow, and nothing changes until a look-up works', async () => {
  const { changes, pauses, told } = await watched(['down', 'down', 'down', state('1', '1')])
  assert.deepEqual(changes, [])
  assert.deepEqual(told, ['down', 'the values can be looked up again'])
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 1000])
  const long = await watched(Array.from({ length: 12 }, () => 'down'))
  assert.equal(Math.max(...long.pauses), 300_000)
})

test('pauses differ between runners by up to a fifth', async () => {
  assert.deepEqual((await watched([], 0)).pauses, [800])
  assert.deepEqual((await watched([], 1)).pauses, [1200])
})

/** A child that ends when it is told to, or when it is killed if `dies`. */
function child(
  dies = true,
): Running & { readonly killed: string[]; readonly end: (code: number) => void } {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const killed: string[] = []
  const end = (exitCode: number): void => resolve({ kind: 'ended', exitCode })
  return {
    ended: promise,
    killed,
    end,
    kill(signal) {
      killed.push(signal)
      if (dies) end(143)
    },
  }
}

async function* once(...changes: readonly Values[]): AsyncGenerator<Values, void> {
  for (const change of changes) yield change
  await new Promise(() => undefined)
}

const base = { apply: () => true, askedToEnd: () => false, say: () => undefined }

test('a change ends the child and starts another one, whose end counts', async () => {
  const children = [child(), child()]
  let started = 0
  const start = (): Running => {
    started += 1
    if (started === 2) children[1]?.end(3)
    return children[started - 1] ?? assert.fail('started too often')
  }
  const ending = await supervise({ ...base, start, changes: once(state('2')) })
  assert.deepEqual(ending, { kind: 'ended', exitCode: 3 })
  assert.deepEqual(children[0]?.killed, ['SIGTERM'])
})

test('with a signal the child goes on', async () => {
  const only = child(false)
  const applied: string[] = []
  const running = supervise({
    ...base,
    start: () => only,
    changes: once(state('2'), state('3')),
    signal: 'SIGHUP',
    apply: (values) => {
      applied.push(shown(values))
      if (applied.length === 2) only.end(0)
      return true
    },
  })
  assert.deepEqual(await running, { kind: 'ended', exitCode: 0 })
  assert.deepEqual(applied, ['A=2', 'A=3'])
  assert.deepEqual(only.killed, ['SIGHUP', 'SIGHUP'])
})

test('values that cannot be put in place leave the child alone', async () => {
  const only = child()
  const ending = supervise({
    ...base,
    start: () => only,
    changes: once(state('2')),
    apply: () => {
      only.end(5)
      return false
    },
  })
  assert.deepEqual(await ending, { kind: 'ended', exitCode: 5 })
  assert.deepEqual(only.killed, [])
})

test('after a signal from outside no other child is started', async () => {
  const only = child()
  const ending = await supervise({
    ...base,
    start: () => only,
    changes: once(state('2')),
    askedToEnd: () => true,
  })
  assert.deepEqual(ending, { kind: 'ended', exitCode: 143 })
})
