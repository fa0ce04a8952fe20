import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batcher } from '#lib/batcher.ts'

const ROOMY = { perRun: 100, waiting: 100 }

/** A run that records what it got and ends when it is told to. */
function heldRun() {
  const runs: { readonly inputs: readonly number[]; readonly end: () => void }[] = []
  const run = (inputs: readonly number[]): Promise<readonly string[]> => {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>()
    runs.push({ inputs, end: () => resolve(inputs.map((input) => `<${input}>`)) })
    return promise
  }
  return { runs, run }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('inputs of one turn of the loop go together, and each gets its own output', async () => {
  const { runs, run } = heldRun()
  const one = batcher(run, ROOMY)
  const outputs = Promise.all([one(1), one(2), one(3)])
  await turn()
  assert.deepEqual(
    runs.map(({ inputs }) => inputs),
    [[1, 2, 3]],
  )
  runs[0]?.end()
  assert.deepEqual(await outputs, ['<1>', '<2>', '<3>'])
})

test('an input that arrives during a run waits for the next, never joins it', async () => {
  const { runs, run } = heldRun()
  const one = batcher(run, ROOMY)
  const first = one(1)
  await turn()
  const second = one(2)
  const third = one(3)
  await turn()
  assert.equal(runs.length, 1)
  runs[0]?.end()
  assert.equal(await first, '<1>')
  await turn()
  assert.deepEqual(runs[1]?.inputs, [2, 3])
  runs[1]?.end()
  assert.deepEqual(await Promise.all([second, third]), ['<2>', '<3>'])
})

test('a run takes no more than its limit', async () => {
  const { runs, run } = heldRun()
  const one = batcher(run, { perRun: 2, waiting: 100 })
  const outputs = Promise.all([one(1), one(2), one(3)])
  await turn()
  assert.deepEqual(runs[0]?.inputs, [1, 2])
  runs[0]?.end()
  await turn()
  assert.deepEqual(runs[1]?.inputs, [3])
  runs[1]?.end()
  assert.deepEqual(await outputs, ['<1>', '<2>', '<3>'])
})

test('when a run fails, its inputs fail with its error and the next run is not harmed', async () => {
  let fails = true
  const one = batcher(async (inputs: readonly number[]) => {
    if (fails) throw new Error('down')
    return inputs
  }, ROOMY)
  const results = await Promise.allSettled([one(1), one(2)])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  fails = false
  assert.equal(await one(3), 3)
})

test('a run that forgets an input is a bug that the caller hears of', async () => {
  const one = batcher(async () => [], ROOMY)
  await assert.rejects(one(1), /too few outputs/)
})

test('more inputs than may wait are refused at once, so that memory stays bounded', async () => {
  const { runs, run } = heldRun()
  const one = batcher(run, { perRun: 1, waiting: 2 })
  const kept = [one(1), one(2)]
  await assert.rejects(one(3), { code: 'unavailable' })
  await turn()
  runs[0]?.end()
  await turn()
  runs[1]?.end()
  assert.deepEqual(await Promise.all(kept), ['<1>', '<2>'])
})
