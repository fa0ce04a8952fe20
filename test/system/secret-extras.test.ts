import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client as Database } from 'pg'
import type { Answer } from '#client/transport.ts'
import { jsonOf } from './node.ts'
import { absent, assertError, assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'

const POLICY = `
- !variable one
- !variable two
- !variable seen
- !variable hidden
- !variable empty
- !variable rotated
- !variable leaked
- !webservice door
- !user reader
- !user keeper
- !user stranger
- !permit { role: !user reader, privileges: [read, execute], resources: [!variable one, !variable two, !variable empty] }
- !permit { role: !user reader, privileges: [read], resources: [!variable seen, !variable leaked, !variable rotated] }
- !permit { role: !user keeper, privileges: [update], resources: [!variable leaked, !variable rotated, !webservice door] }
`

let scene: Scene
let database: Database

before(async () => {
  scene = await startScene([['root', POLICY]])
  for (const name of ['one', 'two', 'seen', 'hidden', 'rotated']) {
    await scene.set(name, `value of ${name}`)
  }
  const { STRONGROOM_DATABASE_URL: url = '' } = scene.installation.environment
  database = new Database({ connectionString: url })
  await database.connect()
})
after(async () => {
  await database.end()
  await scene[Symbol.asyncDispose]()
})

const id = (name: string): string => `acme:variable:${name}`
const pathOf = (name: string, kind = 'variable'): string => `/secrets/acme/${kind}/${name}`

const missing = (name: string): Readonly<Record<string, unknown>> => ({
  code: 'not_found',
  message: `CONJ00076E Variable ${id(name)} is empty or not found.`,
})

const post = (
  login: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  scene.as(login, 'POST', '/secrets/values', {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })

const refusedOf = { error: 'forbidden-or-absent' }

/** What a partial batch says of names, in their order. */
const partly = async (login: string, names: readonly string[]): Promise<unknown> => {
  const list = encodeURIComponent(names.map(id).join(','))
  return scene.get(login, `/secrets?variable_ids=${list}&partial=true`)
}

test('`deny-wins`: a partial batch gives what may be read, and of the rest tells no difference', async () => {
  assert.deepEqual(
    await partly('reader', ['seen', 'two', 'hidden', 'one', 'nothing', 'empty', 'one']),
    {
      [id('seen')]: refusedOf,
      [id('two')]: { value: 'value of two' },
      [id('hidden')]: refusedOf,
      [id('one')]: { value: 'value of one' },
      [id('nothing')]: refusedOf,
      [id('empty')]: refusedOf,
    },
  )
  assert.deepEqual(await partly('stranger', ['one']), { [id('one')]: refusedOf })
})

test('partial answers are had by asking for them alone', async () => {
  for (const query of ['', '&partial=false', '&partial']) {
    const path = `/secrets?variable_ids=${id('one')},${id('hidden')}${query}`
    assertError(404, missing('hidden'), await scene.as('reader', 'GET', path))
  }
  const ids = [id('one'), id('seen')]
  assertSilent(403, await post('reader', { variable_ids: ids }))
  assertSilent(403, await post('reader', { variable_ids: ids, partial: false }))
})

test('each release and each refusal of a partial batch has a record of its own', async () => {
  await partly('reader', ['one', 'seen', 'hidden', 'empty'])
  const seen = await scene.trail(4)
  assert.deepEqual(
    seen.map(({ kind, result, subject, reason }) => [kind, result, subject, reason]).toReversed(),
    [
      ['fetch', 'success', { resource: id('one') }, undefined],
      [
        'fetch',
        'failure',
        { resource: id('seen') },
        `CONJ00124E acme:user:reader lacks the privilege execute on ${id('seen')}`,
      ],
      [
        'fetch',
        'failure',
        { resource: id('hidden') },
        `${id('hidden')} is not visible to acme:user:reader`,
      ],
      ['fetch', 'failure', { resource: id('empty') }, missing('empty')['message']],
    ],
  )
})

test('a partial batch says of each value how it is written', async () => {
  const binary = Buffer.from(Array.from({ length: 100 }, (_, index) => 255 - index))
  await scene.set('two', binary)
  assert.deepEqual(await partly('reader', ['one', 'two']), {
    [id('one')]: { value: 'value of one' },
    [id('two')]: { base64: binary.toString('base64') },
  })
  const body = { variable_ids: [id('one')], partial: true }
  const answer = await post('reader', body, { 'Accept-Encoding': 'base64' })
  assert.deepEqual(jsonOf(answer), { [id('one')]: { base64: 'dmFsdWUgb2Ygb25l' } })
  assert.equal(answer.headers['content-encoding'], undefined)
  assert.equal(answer.headers['cache-control'], 'no-store')
  await scene.set('two', 'value of two')
})

test('a value that was altered in the database is told apart, and the others are given', async () => {
  await scene.load('root', '- !variable broken')
  await scene.set('broken', 'value of broken')
  await database.query('update secret set sealed = $2 where resource = $1', [
    id('broken'),
    Buffer.alloc(60, 1),
  ])
  assert.deepEqual(await partly('admin', ['broken', 'one']), {
    [id('broken')]: { error: 'corrupt' },
    [id('one')]: { value: 'value of one' },
  })
})

test('ids in a body are answered like ids in a query', async () => {
  const ids = [id('two'), id('one'), id('two')]
  const answer = await post('reader', { variable_ids: ids })
  assert.equal(
    answer.body.toString(),
    `{"${id('two')}":"value of two","${id('one')}":"value of one"}`,
  )
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const inBase64 = await post('reader', { variable_ids: ids }, { 'Accept-Encoding': 'base64' })
  assert.equal(inBase64.headers['content-encoding'], 'base64')
  assert.deepEqual(jsonOf(inBase64), {
    [id('two')]: 'dmFsdWUgb2YgdHdv\n',
    [id('one')]: 'dmFsdWUgb2Ygb25l\n',
  })
  assertError(404, missing('hidden'), await post('reader', { variable_ids: [id('hidden')] }))
})

test('a body of a thousand ids is taken, and ids with commas', async () => {
  const names = Array.from({ length: 999 }, (_, index) => `many/variable-number-${index}`)
  await scene.load(
    'root',
    [...names.map((name) => `- !variable ${name}`), '- !variable "a,b"'].join('\n'),
  )
  await scene.set('a,b', 'value with a comma')
  const ids = [...names.map(id), id('a,b')]
  const answer = jsonOf(await post('admin', { variable_ids: ids, partial: true }))
  assert.ok(typeof answer === 'object' && answer !== null)
  assert.deepEqual(Object.keys(answer), ids)
  assert.deepEqual(Object.entries(answer).at(-1)?.[1], { value: 'value with a comma' })
  const error = { code: 'argument_error', message: 'variable_ids names more than 1000 variables' }
  assertError(422, error, await post('admin', { variable_ids: [...ids, id('one')] }))
})

test('`json-dos`: a body that is no list of ids is refused', async () => {
  const ids = { code: 'argument_error', message: 'variable_ids' }
  for (const body of [
    '',
    '{}',
    '[]',
    'null',
    '"x"',
    { variable_ids: [] },
    { variable_ids: id('one') },
    { variable_ids: [id('one'), 7] },
    { variable_ids: [id('one'), ' '] },
    { variable_ids: { 0: id('one') } },
    '{"__proto__":{"variable_ids":["acme:variable:one"]}}',
  ]) {
    assertError(422, ids, await post('admin', body))
  }
  const partial = { code: 'argument_error', message: 'partial' }
  assertError(422, partial, await post('admin', { variable_ids: [id('one')], partial: 'true' }))
  const notJson = await post('admin', '{"variable_ids": ["acme:variable:c4n4ry"')
  assert.deepEqual([notJson.status, notJson.body.toString()], [400, ''])
  assert.equal((await post('admin', ' '.repeat(4 * 1024 * 1024 + 1))).status, 413)
  assert.equal((await post('admin', { variable_ids: ['x'] })).status, 422)
})

test('`json-dos`: values that are too large together are refused before they are opened', async () => {
  const names = ['large-1', 'large-2', 'large-3', 'large-4', 'large-5']
  await scene.load('root', names.map((name) => `- !variable ${name}`).join('\n'))
  for (const name of names) await scene.set(name, Buffer.alloc(14 * 1024 * 1024, 'x'))
  const message = 'the values have more than 67108864 bytes together'
  const answer = await post('admin', { variable_ids: names.map(id) })
  assertError(413, { code: 'too_large', message }, answer)
})

test('a value that is cleared is gone with all its versions, and the trail says who did it', async () => {
  await scene.set('leaked', 'first')
  await scene.set('leaked', 'c4n4ry')
  assertSilent(204, await scene.as('keeper', 'DELETE', pathOf('leaked')))
  for (const query of ['', '?version=1', '?version=2']) {
    assertError(404, missing('leaked'), await scene.as('admin', 'GET', pathOf('leaked') + query))
  }
  const { rows } = await database.query('select * from secret where resource = $1', [id('leaked')])
  assert.deepEqual(rows, [])
  const cleared = (await scene.trail(10)).find(({ operation }) => operation === 'clear')
  assert.deepEqual(
    [cleared?.['kind'], cleared?.['result'], cleared?.['user'], cleared?.['subject']],
    ['update', 'success', 'acme:user:keeper', { resource: id('leaked') }],
  )
})

test('a cleared value can be set again, under the next number', async () => {
  await scene.set('leaked', 'new')
  const answer = await scene.as('admin', 'GET', pathOf('leaked'))
  assert.equal(answer.body.toString(), 'new')
  const shown = await scene.get('admin', '/resources/acme/variable/leaked')
  assert.ok(typeof shown === 'object' && shown !== null && 'secrets' in shown)
  assert.deepEqual(shown.secrets, [{ version: 3, expires_at: null }])
})

test('clearing twice is as good as clearing once', async () => {
  assertSilent(204, await scene.as('keeper', 'DELETE', pathOf('leaked')))
  assertSilent(204, await scene.as('keeper', 'DELETE', pathOf('leaked')))
})

test('`deny-wins`: clearing and expiring need `update`, and what is invisible is not there', async () => {
  for (const [method, query] of [
    ['DELETE', ''],
    ['POST', '?expirations'],
  ] as const) {
    const of = (login: string, name: string): Promise<Answer> =>
      scene.as(login, method, pathOf(name) + query)
    assertSilent(403, await of('reader', 'leaked'))
    assertError(404, absent(id('leaked')), await of('stranger', 'leaked'))
    assertError(404, absent(id('nothing')), await of('admin', 'nothing'))
    const [refused] = await scene.trail(1)
    assert.deepEqual([refused?.['kind'], refused?.['result']], ['update', 'failure'])
  }
})

test('`kind-confusion`: only what holds a secret can be cleared, and only a variable can expire', async () => {
  const error = { code: 'argument_error', message: 'Invalid secret kind: webservice' }
  assertError(422, error, await scene.as('keeper', 'DELETE', pathOf('door', 'webservice')))
  const expire = `${pathOf('door', 'webservice')}?expirations`
  assertError(422, error, await scene.as('keeper', 'POST', expire))
})

test('expiring makes every version of a value due, writes none and ignores a body', async () => {
  await database.query("update secret set expires_at = '2099-01-01' where resource = $1", [
    id('rotated'),
  ])
  const answer = await scene.as('keeper', 'POST', `${pathOf('rotated')}?expirations`, {
    body: 'not a value',
  })
  assertSilent(201, answer)
  const shown = await scene.get('admin', '/resources/acme/variable/rotated')
  assert.ok(typeof shown === 'object' && shown !== null && 'secrets' in shown)
  assert.deepEqual(shown.secrets, [{ version: 1, expires_at: null }])
  const [expired] = await scene.trail(2).then((events) => events.slice(1))
  assert.deepEqual(
    [expired?.['kind'], expired?.['operation'], expired?.['subject']],
    ['update', 'expire', { resource: id('rotated') }],
  )
})
