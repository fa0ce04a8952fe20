import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { openLimit, unlessAborted } from '#client/limit.ts'

const late = (): Error => new Error('late')
const never = (): Promise<never> => new Promise(() => undefined)

test('a limit ends when its time is over, and then says so', async () => {
  const limit = openLimit(1, late, [])
  await assert.rejects(unlessAborted(never(), limit.signal), /late/)
  limit.release()
})

test('a limit ends with the first of its signals, for its reason, also when that was before', async () => {
  const end = new AbortController()
  const limit = openLimit(60_000, late, [undefined, end.signal])
  const waiting = unlessAborted(never(), limit.signal)
  end.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  limit.release()
  const over = openLimit(60_000, late, [end.signal])
  await assert.rejects(unlessAborted(Promise.resolve('x'), over.signal), /enough/)
  over.release()
})

test('many limits share one listener at a signal, and leave none behind', async () => {
  const { signal } = new AbortController()
  const limit = openLimit(60_000, late, [signal])
  assert.equal(await unlessAborted(Promise.resolve('x'), limit.signal), 'x')
  const another = openLimit(60_000, late, [signal])
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  another.release()
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  limit.release()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  assert.equal(getEventListeners(limit.signal, 'abort').length, 0)
})

test('a failure of what nobody waits for any more is heard', async () => {
  const ended = AbortSignal.abort(new Error('enough'))
  const failing = Promise.reject(new Error('unheard'))
  await assert.rejects(unlessAborted(failing, ended), /enough/)
  await new Promise(setImmediate)
})
