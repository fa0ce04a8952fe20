import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import type { SecretEntry } from '#run/secret-entry.ts'
import { parseSecrets } from '#run/secrets-file.ts'
import { serverValues } from '#run/server-values.ts'
import type { Resolve, Values } from '#run/values.ts'
import { fetchValues } from '#run/values.ts'

const entriesOf = (text: string): readonly SecretEntry[] =>
  parseSecrets(text, { where: 'test', substitutions: new Map() }).entries

const nothing = { ignored: new Set<string>(), ignoreAll: false }

const vault =
  (values: Readonly<Record<string, string | Failure>>, asked: string[][] = []): Resolve =>
  async (ids) => {
    asked.push([...ids])
    return new Map(
      ids.map((id) => {
        const value = values[id] ?? new Failure('not_found', 'is empty or not found')
        return [id, typeof value === 'string' ? Buffer.from(value) : value]
      }),
    )
  }

const textsOf = (values: Values): Record<string, string> =>
  Object.fromEntries([...values].map(([{ key }, value]) => [key, value.toString()]))

test('all variables are asked for together, each once', async () => {
  const asked: string[][] = []
  const entries = entriesOf('A: !var x\nB: !var:file y\nC: !var x\nD: text')
  const { values } = await fetchValues(entries, vault({ x: '1\n', y: '2' }, asked), nothing)
  assert.deepEqual(asked, [['x', 'y']])
  assert.deepEqual(textsOf(values), { A: '1\n', B: '2', C: '1\n', D: 'text' })
})

test('literals ask nobody', async () => {
  const asked: string[][] = []
  await fetchValues(entriesOf('A: x'), vault({}, asked), nothing)
  assert.deepEqual(asked, [])
})

test('a default stands for an empty value, not for a missing one', async () => {
  const entries = entriesOf(`A: !var:default='d' x\nB: !default='d' ""`)
  const { values } = await fetchValues(entries, vault({ x: '' }), nothing)
  assert.deepEqual(textsOf(values), { A: 'd', B: 'd' })
  await assert.rejects(fetchValues(entries, vault({}), nothing), { code: 'not_found' })
})

test('a failure names every variable and key that has no value, and no value', async () => {
  const entries = entriesOf('A: !var a\nB: !var b\nC: !var c')
  const resolve = vault({ a: 'c4n4ry', c: new Failure('forbidden', 'not permitted') })
  await assert.rejects(fetchValues(entries, resolve, nothing), {
    code: 'not_found',
    message:
      'Error fetching secret: `b` for `B`: is empty or not found\n' +
      'Error fetching secret: `c` for `C`: not permitted',
  })
})

test('a key that may be ignored is left out, and the reason is kept', async () => {
  const entries = entriesOf('A: !var a\nB: !var b')
  const one = await fetchValues(entries, vault({ a: '1' }), { ...nothing, ignored: new Set(['B']) })
  assert.deepEqual(textsOf(one.values), { A: '1' })
  assert.equal(one.ignored.length, 1)
  const byId = await fetchValues(entries, vault({ a: '1' }), {
    ...nothing,
    ignored: new Set(['b']),
  })
  assert.deepEqual(textsOf(byId.values), { A: '1' })
  const all = await fetchValues(entries, vault({}), { ...nothing, ignoreAll: true })
  assert.equal(all.values.size, 0)
  await assert.rejects(
    fetchValues(entries, vault({}), { ...nothing, ignored: new Set(['A']) }),
    /`B`/,
  )
})

test('`fallback`: a server that does not answer is never ignored', async () => {
  const down: Resolve = () => Promise.reject(new Failure('unreachable', 'cannot reach x'))
  await assert.rejects(fetchValues(entriesOf('A: !var a'), down, { ...nothing, ignoreAll: true }), {
    code: 'unreachable',
  })
})

test('the server is asked in one request, and for each variable only when it refuses that', async () => {
  const calls: string[] = []
  const resolve = serverValues({
    secrets: async (ids) => {
      calls.push(ids.join())
      if (ids.includes('b')) throw new Failure('forbidden', 'not permitted')
      return new Map(ids.map((id) => [id, Buffer.from(id)]))
    },
    secret: async (id) => {
      calls.push(id)
      if (id === 'b') throw new Failure('not_found', 'no value')
      return Buffer.from(id)
    },
  })
  await resolve(['a', 'c'])
  assert.deepEqual(calls, ['a,c'])
  const outcomes = await resolve(['a', 'b'])
  assert.deepEqual(calls, ['a,c', 'a,b', 'a', 'b'])
  assert.equal(outcomes.get('a')?.toString(), 'a')
  assert.ok(outcomes.get('b') instanceof Failure)
})

test('what concerns every variable is not asked again one by one', async () => {
  const resolve = serverValues({
    secrets: () => Promise.reject(new Failure('unauthorized', 'no')),
    secret: () => assert.fail('asked again'),
  })
  await assert.rejects(resolve(['a']), { code: 'unauthorized' })
})
