import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '#client/transport.ts'
import { mustBe, mustBeLoaded } from './rest.ts'
import { serverHome } from './server-home.ts'

const VARIABLES = 100_000

const LARGE = `- !policy
  id: large
  body:
${Array.from({ length: VARIABLES }, (_, n) => `    - !variable v${n}\n`).join('')}`

/** What came of asking the same again and again. */
interface Watch {
  readonly answers: number
  /** How long the slowest answer took, in milliseconds. */
  readonly longest: number
}

/** Asks one time after the other until `work` is done; every answer must be good. */
async function watchDuring(work: Promise<unknown>, ask: () => Promise<Answer>): Promise<Watch> {
  const done = new AbortController()
  const ending = work.finally(() => done.abort())
  let [answers, longest] = [0, 0]
  while (!done.signal.aborted) {
    const began = performance.now()
    mustBe(200, await ask())
    longest = Math.max(longest, performance.now() - began)
    answers += 1
  }
  await ending
  return { answers, longest }
}

test('while 100,000 variables are loaded, nobody waits for the load: neither for health nor for a secret', async () => {
  await using home = await serverHome()
  const admin = await home.admin(await home.start())
  mustBeLoaded(await admin.load('- !variable small'))
  mustBe(201, await admin.write('small', 'value'))

  const began = performance.now()
  const loading = admin.load(LARGE).then(mustBeLoaded)
  const watches = await Promise.all([
    watchDuring(loading, () => admin.get('/healthz')),
    watchDuring(loading, () => admin.read('small')),
  ])
  const took = performance.now() - began
  for (const { answers, longest } of watches) {
    assert.ok(answers > 50, `only ${answers} answers in ${took} ms`)
    assert.ok(longest < took / 3, `an answer took ${longest} of ${took} ms`)
  }

  mustBe(201, await admin.write(`large/v${VARIABLES - 1}`, 'last'))
  assert.equal((await admin.read(`large/v${VARIABLES - 1}`)).body.toString(), 'last')
})

test('what is wrong in the last line of a large policy is told with its place, and nothing of it is loaded', async () => {
  await using home = await serverHome()
  const admin = await home.admin(await home.start())
  const answer = mustBe(422, await admin.load(`${LARGE}    - !varable x\n`))
  const text = answer.body.toString()
  assert.match(text, /Error at line 100004, column 7 in policy : Unrecognized data type '!varable'/)
  assert.match(text, /did you mean !variable\?/)
  mustBe(404, await admin.get('/resources/default/policy/large'))
})
