import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchParts } from '#client/watch.ts'
import { watchSecrets } from '#client/watch.ts'
import { Failure } from '#lib/failure.ts'

const valuesOf = (values: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(values).map(([id, text]) => [id, Buffer.from(text)]))

/** What a watch sees of these looks, after which it is ended, and how long it waits between them. */
async function watched(
  looks: (Readonly<Record<string, string>> | Failure)[],
): Promise<{ changes: string[]; pauses: number[]; failures: string[] }> {
  const end = new AbortController()
  const pauses: number[] = []
  const failures: string[] = []
  const changes: string[] = []
  const parts: WatchParts = {
    read: async () => {
      const next = looks.shift() ?? assert.fail('one look too many')
      if (next instanceof Failure) throw next
      return valuesOf(next)
    },
    pause: async (ms) => {
      pauses.push(ms)
      if (looks.length === 0) end.abort()
    },
    random: () => 0.5,
  }
  const onFailure = ({ code }: Failure): void => void failures.push(code)
  const options = { intervalMs: 1000, signal: end.signal, onFailure }
  for await (const { id, value } of watchSecrets(['a', 'b'], options, parts)) {
    changes.push(`${id}=${value?.toString() ?? 'none'}`)
  }
  return { changes, pauses, failures }
}

test('a watch gives every variable first, and then what changed, comes or goes', async () => {
  const { changes } = await watched([{ a: '1' }, { a: '1' }, { a: '2', b: '3' }, { b: '3' }])
  assert.deepEqual(changes, ['a=1', 'b=none', 'a=2', 'b=3', 'a=none'])
})

test('a watch outlasts a server that is away, at growing pauses, and tells of it', async () => {
  const away = new Failure('unreachable', 'x')
  const { changes, pauses, failures } = await watched([{ a: '1' }, away, away, { a: '1', b: '' }])
  assert.deepEqual(changes, ['a=1', 'b=none', 'b='])
  assert.deepEqual(pauses, [1000, 2000, 4000, 1000])
  assert.deepEqual(failures, ['unreachable', 'unreachable'])
})

test('a watch ends with the failure when its credentials are refused', async () => {
  await assert.rejects(watched([{ a: '1' }, new Failure('unauthorized', 'x')]), {
    code: 'unauthorized',
  })
})

test('a watch that is ended in the middle of a look ends at once', async () => {
  const end = new AbortController()
  const read = async (): Promise<never> => {
    end.abort()
    return new Promise(() => undefined)
  }
  const parts = { read, pause: async () => undefined, random: () => 0 }
  assert.deepEqual(await watchSecrets(['a'], { signal: end.signal }, parts).next(), {
    done: true,
    value: undefined,
  })
})
