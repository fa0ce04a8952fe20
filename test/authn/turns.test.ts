import assert from 'node:assert/strict'
import { test } from 'node:test'
import { turns } from '#authn/turns.ts'

test('calls of one host take turns, and those of others do not wait for them', async () => {
  const take = turns({ atOnce: 2, waiting: 10, waitMs: 60_000 })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  let running = 0
  const call = async (): Promise<number> => {
    running += 1
    await promise
    return running
  }
  const slow = ['a', 'b', 'c'].map(() => take('slow:443', call))
  assert.equal(await take('quick:443', async () => 'quick'), 'quick')
  assert.equal(running, 2)
  resolve(undefined)
  await Promise.all(slow)
  assert.equal(running, 3)
})

test('a call whose turn does not come in time is given up, and never made', async () => {
  const take = turns({ atOnce: 1, waiting: 10, waitMs: 5 })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const first = take('slow:443', () => promise)
  let made = false
  await assert.rejects(
    take('slow:443', async () => {
      made = true
    }),
    { code: 'unavailable', message: /`slow:443`/ },
  )
  resolve(undefined)
  await first
  await take('slow:443', async () => undefined)
  assert.equal(made, false)
})

test('more calls than may wait are refused at once, and the failure of one is its own', async () => {
  const take = turns({ atOnce: 1, waiting: 1, waitMs: 60_000 })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const first = take('slow:443', () => promise)
  const second = take('slow:443', () => Promise.reject(new Error('second')))
  await assert.rejects(
    take('slow:443', async () => undefined),
    { code: 'unavailable' },
  )
  resolve(undefined)
  await first
  await assert.rejects(second, /second/)
})
