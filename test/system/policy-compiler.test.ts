import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { openPolicyCompiler } from '#compiler/policy-compiler.ts'
import type { OpenPolicyCompiler } from '#compiler/policy-compiler.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { CompileInput } from '#policy/compile.ts'

const PROGRAM = new URL('../../dist/policy-compiler.js', import.meta.url)

const inputOf = (text: string): CompileInput => ({
  text,
  account: 'acme',
  target: rootPolicyOf('acme'),
  owner: adminOf('acme'),
  mode: 'update',
})

const lines = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('')

const LARGE = lines(4000, (n) => `- !variable { id: v${n}, annotations: { n: ${n} } }\n`)

/** One that takes the thread a second or so, and little memory. */
const SLOW = lines(100_000, (n) => `- !variable v${n}\n`)

const compiler = openPolicyCompiler(PROGRAM)
after(() => compiler.close())

test('the thread reads a large policy as it would be read here, again and again', async () => {
  const input = inputOf(LARGE)
  const expected = compilePolicy(input)
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await compiler.compile(input), expected)
  }
})

test('every problem of a large policy has its place', async () => {
  const input = inputOf(`${LARGE}- !varable x\n- !grant { role: !group /g, member: !user u }\n`)
  const problems = (error: unknown): unknown => error instanceof Failure && error.wire
  let expected: unknown
  assert.throws(
    () => compilePolicy(input),
    (error) => ((expected = problems(error)), true),
  )
  await assert.rejects(compiler.compile(input), (error) => {
    assert.deepEqual(problems(error), expected)
    return error instanceof Failure && error.code === 'policy_invalid'
  })
})

test('while a large policy is read, this thread does whatever else there is', async () => {
  let turns = 0
  const done = new AbortController()
  const reading = compiler.compile(inputOf(SLOW)).finally(() => done.abort())
  for (; !done.signal.aborted; turns += 1) await delay(1)
  await reading
  assert.ok(turns > 100, `only ${turns} turns`)
})

/** A compiler of its own for a test that kills its thread. */
const own = (limits: Parameters<typeof openPolicyCompiler>[1]): OpenPolicyCompiler & Disposable => {
  const opened = openPolicyCompiler(PROGRAM, limits)
  return { ...opened, [Symbol.dispose]: () => opened.close() }
}

test('`yaml`: a policy that takes too long ends with its thread, and the next one is read', async () => {
  using opened = own({ compileMs: 300 })
  await assert.rejects(opened.compile(inputOf(SLOW.repeat(8))), {
    code: 'unavailable',
    message: 'the policy could not be read within 0.3 seconds',
  })
  using patient = own({})
  assert.equal((await patient.compile(inputOf(LARGE))).rows.length, 8000)
  await assert.rejects(opened.compile(inputOf(SLOW.repeat(8))), { code: 'unavailable' })
})

test('`yaml`: a policy that takes too much memory ends its thread and nothing else, and the next one is read', async () => {
  using opened = own({ memoryMb: 40 })
  await assert.rejects(opened.compile(inputOf(SLOW)), {
    code: 'too_large',
    message: 'the policy takes more memory to read than it may',
  })
  const small = lines(3000, (n) => `- !variable { id: v${n}, annotations: { a: b } }\n`)
  assert.equal((await opened.compile(inputOf(small))).rows.length, 6000)
})

test('`yaml`: of too many large policies at a time the last ones are refused at once', async () => {
  using opened = own({})
  const all = Array.from({ length: 12 }, () => opened.compile(inputOf(LARGE)))
  const outcomes = await Promise.allSettled(all)
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  assert.equal(refused.length, 3)
  for (const outcome of refused) {
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof Failure)
    assert.equal(outcome.reason.message, 'too many large policies are in progress')
    assert.equal(outcome.reason.code, 'unavailable')
  }
})

test('a compiler that is closed gives up what it reads; one that is idle lets its thread go and starts another', async () => {
  using opened = own({ idleMs: 1 })
  await opened.compile(inputOf(LARGE))
  await delay(20)
  await opened.compile(inputOf(LARGE))
  const stopping = { code: 'unavailable', message: 'the server is stopping' }
  const reading = opened.compile(inputOf(SLOW))
  // By then the thread has been asked.
  await setImmediate()
  opened.close()
  await assert.rejects(reading, stopping)
  await assert.rejects(opened.compile(inputOf(LARGE)), stopping)
})
