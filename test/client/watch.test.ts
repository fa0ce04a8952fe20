import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StrongroomError } from '#client/strongroom-error.ts'
import { pauseFor } from '#client/retry.ts'
import type { WatchParts } from '#client/watch.ts'
import { watchSecrets } from '#client/watch.ts'

type Look = Readonly<Record<string, string>> | StrongroomError

const valuesOf = (values: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(values).map(([id, text]) => [id, Buffer.from(text)]))

/** The parts of a watch that sees these looks and then is ended; time passes in pauses, and when somebody says so. */
function parts(looks: Look[], end: AbortController) {
  const clock = { now: 0 }
  const pauses: number[] = []
  const made: WatchParts = {
    read: async () => {
      const next = looks.shift() ?? assert.fail('one look too many')
      if (next instanceof StrongroomError) throw next
      return valuesOf(next)
    },
    pause: async (ms) => {
      pauses.push(ms)
      clock.now += ms
      if (looks.length === 0) end.abort()
    },
    random: () => 0.5,
    now: () => clock.now,
  }
  return { made, pauses, clock }
}

/** What a watch sees of these looks, how long it waits between them, and of which failures it tells. */
async function watched(
  looks: Look[],
): Promise<{ changes: string[]; pauses: number[]; failures: string[] }> {
  const end = new AbortController()
  const { made, pauses } = parts(looks, end)
  const failures: string[] = []
  const changes: string[] = []
  const onFailure = ({ code }: StrongroomError): void => void failures.push(code)
  const options = { intervalMs: 1000, signal: end.signal, onFailure }
  for await (const { id, value } of watchSecrets(['a', 'b'], options, made)) {
    changes.push(`${id}=${value?.toString() ?? 'none'}`)
  }
  return { changes, pauses, failures }
}

test('a watch gives every variable first, and then what changed, comes or goes', async () => {
  const { changes } = await watched([{ a: '1' }, { a: '1' }, { a: '2', b: '3' }, { b: '3' }])
  assert.deepEqual(changes, ['a=1', 'b=none', 'a=2', 'b=3', 'a=none'])
})

test('a watch outlasts a server that is away, at growing pauses, and tells of it', async () => {
  const away = new StrongroomError('unreachable', 'x')
  const { changes, pauses, failures } = await watched([{ a: '1' }, away, away, { a: '1', b: '' }])
  assert.deepEqual(changes, ['a=1', 'b=none', 'b='])
  assert.deepEqual(pauses, [1000, 2000, 4000, 1000])
  assert.deepEqual(failures, ['unreachable', 'unreachable'])
})

test('a watch ends with the error when its credentials are refused', async () => {
  const refused = new StrongroomError('unauthorized', 'x', { status: 401 })
  await assert.rejects(watched([{ a: '1' }, refused]), { code: 'unauthorized' })
})

test('a token file that is away for a while does not end a watch, but one that never was there does', async () => {
  const gone = new StrongroomError('configuration', 'x')
  const { failures } = await watched([{ a: '1' }, gone, { a: '1' }])
  assert.deepEqual(failures, ['configuration'])
  await assert.rejects(watched([gone]), { code: 'configuration' })
})

test('neither the time of a look nor that of the program adds up, and who was too slow looks at once', async () => {
  const end = new AbortController()
  const { made, pauses, clock } = parts([{ a: '1' }, { a: '2' }, { a: '3' }], end)
  const read: WatchParts['read'] = (...given) => {
    clock.now += 100
    return made.read(...given)
  }
  const changes = watchSecrets(['a'], { intervalMs: 1000, signal: end.signal }, { ...made, read })
  await changes.next()
  clock.now += 300
  await changes.next()
  assert.deepEqual(pauses, [600])
  clock.now += 5000
  await changes.next()
  assert.deepEqual(pauses, [600, 0])
})

test('who is slow gets the newest value, and every one that it gets is different from the last', async () => {
  const end = new AbortController()
  let value = 1
  const read = async (): Promise<ReadonlyMap<string, Buffer>> => valuesOf({ a: String(value) })
  const pause = async (): Promise<void> => undefined
  const options = { intervalMs: 1000, signal: end.signal }
  const changes = watchSecrets(['a'], options, { read, pause, random: () => 0.5, now: () => 0 })
  const next = async (): Promise<string | undefined> => {
    const step = await changes.next()
    return step.done === true ? undefined : step.value.value?.toString()
  }
  assert.equal(await next(), '1')
  for (value = 2; value < 7; value += 1);
  assert.equal(await next(), '7')
})

test('a watch that is ended in the middle of a look, or left while it waits, ends at once', async () => {
  const never = (): Promise<never> => new Promise(() => undefined)
  const over = { done: true, value: undefined }
  const end = new AbortController()
  const aborting = watchSecrets(
    ['a'],
    { signal: end.signal },
    {
      read: () => {
        end.abort()
        return never()
      },
      pause: async () => undefined,
      random: () => 0,
      now: () => 0,
    },
  )
  assert.deepEqual(await aborting.next(), over)
  const left = watchSecrets(
    ['a'],
    {},
    {
      read: async () => new Map(),
      pause: pauseFor,
      random: () => 0,
      now: () => 0,
    },
  )
  assert.deepEqual(await left.next(), { done: false, value: { id: 'a', value: undefined } })
  const waiting = left.next()
  await left.return()
  assert.deepEqual(await waiting, over)
})

test('a watch that is ended between two changes of one look gives no more of them', async () => {
  const end = new AbortController()
  const { made } = parts([{ a: '1', b: '1' }], end)
  const changes = watchSecrets(['a', 'b'], { signal: end.signal }, made)
  await changes.next()
  end.abort()
  assert.equal((await changes.next()).done, true)
})
