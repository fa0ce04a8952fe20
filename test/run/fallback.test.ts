import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FailureCode } from '#lib/failure.ts'
import { Failure } from '#lib/failure.ts'
import type { Copy } from '#run/fallback/copy.ts'
import type { Fallback } from '#run/fallback/fallback.ts'
import { openFallback } from '#run/fallback/fallback.ts'
import type { KeptValues } from '#run/fallback/kept-values.ts'
import { parseKept, printKept } from '#run/fallback/kept-values.ts'
import { newSealKey, seal, sealKey, unseal } from '#run/fallback/sealed-file.ts'

const HOUR = 3_600_000
const NOON = Date.parse('2026-01-01T12:00:00Z')

interface Scene {
  readonly fallback: Fallback
  readonly said: string[]
  kept: KeptValues | undefined
  now: number
  hasFactor: boolean
  server: Readonly<Record<string, string>> | FailureCode
}

function scene(): Scene {
  const said: string[] = []
  const copy: Copy = {
    read: () => made.kept,
    write: (kept) => (made.kept = kept),
    drop: () => (made.kept = undefined),
  }
  const parts = {
    copy,
    mayKeep: async () => !made.hasFactor,
    maxAgeMs: HOUR,
    now: () => made.now,
    say: (text: string) => void said.push(text),
  }
  const fallback = openFallback(parts, async (ids) => {
    const { server } = made
    if (typeof server === 'string') throw new Failure(server, `the server: ${server}`)
    return new Map(
      ids.map((id) => [
        id,
        server[id] === undefined ? new Failure('not_found', 'gone') : Buffer.from(server[id]),
      ]),
    )
  })
  const made: Scene = {
    fallback,
    said,
    kept: undefined,
    now: NOON,
    hasFactor: false,
    server: { a: '1' },
  }
  return made
}

const read = async (made: Scene, ...ids: readonly string[]): Promise<readonly string[]> =>
  [...(await made.fallback.resolve(ids)).values()].map((value) =>
    value instanceof Failure ? value.message : value.toString(),
  )

test('`fallback`: a server that answers is believed, silently', async () => {
  const made = scene()
  assert.deepEqual(await read(made, 'a'), ['1'])
  made.server = { a: '2' }
  assert.deepEqual(await read(made, 'a'), ['2'])
  assert.deepEqual(made.said, [])
  assert.equal(made.fallback.staleSince(), undefined)
})

test('`fallback`: a server that is down is replaced by what was kept, which is said aloud', async () => {
  for (const code of ['unreachable', 'unavailable'] as const) {
    const made = scene()
    await read(made, 'a')
    made.server = code
    made.now += 30 * 60_000
    assert.deepEqual(await read(made, 'a', 'b'), ['1', 'not among the values that were kept'])
    assert.deepEqual(made.said, [
      `the server: ${code}`,
      'starting with the values of 2026-01-01T12:00:00.000Z, 30 minutes old: they may have been changed or withdrawn since',
    ])
    assert.equal(made.fallback.staleSince()?.getTime(), NOON)
    await assert.rejects(made.fallback.refresh(['a']), { code })
  }
})

test('`fallback`: a refusal or a server that is not trusted is no outage, and ends what was kept', async () => {
  for (const code of [
    'unauthorized',
    'forbidden',
    'untrusted',
    'configuration',
    'corrupt',
  ] as const) {
    const made = scene()
    await read(made, 'a')
    made.server = code
    await assert.rejects(read(made, 'a'), { code })
    assert.equal(made.kept, undefined, code)
  }
})

test('`fallback`: a value that the server refuses is not kept any longer', async () => {
  const made = scene()
  made.server = { a: '1', b: '2' }
  await read(made, 'a', 'b')
  made.server = { a: '1' }
  await read(made, 'a', 'b')
  made.server = 'unreachable'
  assert.deepEqual(await read(made, 'a', 'b'), ['1', 'not among the values that were kept'])
})

test('`fallback`: what took a second factor is not kept, and ends what was: nobody could demand one of it', async () => {
  const made = scene()
  await read(made, 'a')
  made.hasFactor = true
  assert.deepEqual(await read(made, 'a'), ['1'])
  assert.equal(made.kept, undefined)
  assert.deepEqual(made.said, [
    'nothing is kept for --fallback: a second factor was proven for the values',
  ])
  made.server = 'mfa_required'
  await assert.rejects(read(made, 'a'), { code: 'mfa_required' })
  made.server = 'unreachable'
  await assert.rejects(read(made, 'a'), { code: 'unreachable' })
})

test('`fallback`: values that are too old, or of a time to come, do not stand in', async () => {
  const made = scene()
  await read(made, 'a')
  made.server = 'unreachable'
  made.now = NOON + HOUR + 1
  await assert.rejects(read(made, 'a'), {
    code: 'unreachable',
    message: 'the server: unreachable; the kept values of 2026-01-01T12:00:00.000Z are too old',
  })
  made.now = NOON - 2 * 60_000
  await assert.rejects(read(made, 'a'), /which the clock says is to come/)
  made.kept = undefined
  await assert.rejects(read(made, 'a'), /there are no kept values for this/)
  assert.deepEqual(made.said, [])
})

test('kept values are written and read byte for byte', () => {
  const kept = { fetchedAt: 5, values: new Map([['a,"b', Buffer.from([0, 255])]]) }
  assert.deepEqual(parseKept(printKept(kept)), kept)
  for (const text of ['null', '1', '{}', '{"fetchedAt":1}', '{"fetchedAt":1,"values":[["a"]]}']) {
    assert.equal(parseKept(text), undefined, text)
  }
})

test('`db-theft`: what is sealed opens with its key and for its purpose alone', () => {
  const key = sealKey(newSealKey()) ?? assert.fail('no key')
  const other = sealKey(newSealKey()) ?? assert.fail('no key')
  const sealed = seal(key, 'mine', Buffer.from('c4n4ry'))
  assert.ok(!sealed.includes('c4n4ry'))
  assert.equal(unseal(key, 'mine', sealed)?.toString(), 'c4n4ry')
  assert.equal(unseal(other, 'mine', sealed), undefined)
  assert.equal(unseal(key, 'yours', sealed), undefined)
  assert.equal(unseal(key, 'mine', sealed.subarray(0, 20)), undefined)
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed)
    altered[at] = (altered[at] ?? 0) ^ 1
    assert.equal(unseal(key, 'mine', altered), undefined, `byte ${at}`)
  }
  assert.equal(sealKey(Buffer.alloc(31)), undefined)
})
