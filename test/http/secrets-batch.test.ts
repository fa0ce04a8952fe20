import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import { assertError, assertSilent, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !variable one
- !variable two
- !variable seen
- !variable hidden
- !variable empty
- !user reader
- !permit { role: !user reader, privileges: [read, execute], resources: [!variable one, !variable two, !variable empty] }
- !permit { role: !user reader, privileges: [read], resource: !variable seen }
`

const id = (name: string): string => `acme:variable:${name}`

const fetch = (caller: Caller, names: readonly string[], headers = {}): Promise<Reply> =>
  caller.get(`/secrets?variable_ids=${encodeURIComponent(names.map(id).join(','))}`, headers)

const missing = (name: string): Readonly<Record<string, unknown>> => ({
  code: 'not_found',
  message: `CONJ00076E Variable ${id(name)} is empty or not found.`,
})

async function withValues(): Promise<TestNode & { readonly reader: Caller }> {
  const node = await openNode()
  await node.load(POLICY)
  for (const name of ['one', 'two', 'seen', 'hidden']) await node.set(name, `value of ${name}`)
  return Object.assign(node, { reader: await node.as('reader') })
}

test('several values come in one answer, by full id, in the order asked for', async () => {
  await using node = await withValues()
  const reply = mustBe(200, await fetch(node.reader, ['two', 'one']))
  assert.equal(reply.text, `{"${id('two')}":"value of two","${id('one')}":"value of one"}`)
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(reply.headers['cache-control'], 'no-store')
  const spelled = await node.reader.get(`/secrets?variable_ids=${id('one')},${id('two')}`)
  assert.match(mustBe(200, spelled).text, /variable:one.*variable:two/)
})

test('an id that stands twice counts once', async () => {
  await using node = await withValues()
  const reply = mustBe(200, await fetch(node.reader, ['one', 'one', 'two', 'one']))
  assert.deepEqual(reply.json, { [id('one')]: 'value of one', [id('two')]: 'value of two' })
})

test('`deny-wins`: one that may not be read keeps back all, and what is invisible is as if it did not exist', async () => {
  await using node = await withValues()
  assertSilent(403, await fetch(node.reader, ['one', 'seen']))
  assertSilent(403, await fetch(node.reader, ['nothing', 'seen', 'hidden']))
  assertError(404, missing('hidden'), await fetch(node.reader, ['one', 'hidden', 'nothing']))
  assertError(404, missing('nothing'), await fetch(node.reader, ['one', 'nothing', 'hidden']))
  assertError(404, missing('empty'), await fetch(node.reader, ['one', 'empty']))
})

test('each released and each refused id has a record of its own', async () => {
  await using node = await withValues()
  await fetch(node.reader, ['one', 'two'])
  await fetch(node.reader, ['one', 'seen', 'hidden'])
  const seen = (await node.trail()).filter(({ kind }) => kind === 'fetch')
  assert.deepEqual(
    seen.map(({ result, subject, reason }) => [result, subject['resource'], reason]),
    [
      ['success', id('one'), undefined],
      ['success', id('two'), undefined],
      [
        'failure',
        id('seen'),
        `CONJ00124E acme:user:reader lacks the privilege execute on ${id('seen')}`,
      ],
      ['failure', id('hidden'), `${id('hidden')} is not visible to acme:user:reader`],
    ],
  )
})

test('values that are not text come as base64 in lines, to who asks for exactly that encoding', async () => {
  await using node = await withValues()
  const binary = Buffer.from(Array.from({ length: 100 }, (_, index) => 255 - index))
  await node.set('two', binary)
  const message =
    "CONJ00074E Issue encoding secret into JSON format, try including 'Accept-Encoding: base64' header in request."
  const refused = await fetch(node.reader, ['one', 'two'])
  assertError(406, { code: 'not_acceptable', message }, refused)
  assertError(
    406,
    { code: 'not_acceptable', message },
    await fetch(node.reader, ['two'], { 'Accept-Encoding': 'gzip, base64' }),
  )

  const reply = mustBe(
    200,
    await fetch(node.reader, ['one', 'two'], { 'Accept-Encoding': 'Base64' }),
  )
  assert.equal(reply.headers['content-encoding'], 'base64')
  const encoded = binary.toString('base64')
  const lines = [encoded.slice(0, 60), encoded.slice(60, 120), encoded.slice(120), ''].join('\n')
  assert.deepEqual(reply.json, { [id('one')]: 'dmFsdWUgb2Ygb25l\n', [id('two')]: lines })
})

test('a byte order mark and escapes survive the way through JSON', async () => {
  await using node = await withValues()
  const odd = '\uFEFF"quoted"\\ \u2028 </script> 🔑'
  await node.set('one', odd)
  assert.deepEqual(mustBe(200, await fetch(node.reader, ['one'])).json, { [id('one')]: odd })
})

test('a list without ids, or with blank ones, is refused', async () => {
  await using node = await withValues()
  const error = { code: 'argument_error', message: 'variable_ids' }
  for (const query of [
    '',
    '?variable_ids=',
    '?variable_ids=,',
    `?variable_ids=${id('one')},`,
    `?variable_ids=%20,${id('one')}`,
  ]) {
    assertError(422, error, await node.reader.get(`/secrets${query}`))
  }
})

test('`json-dos`: a batch names at most 1,000 variables', async () => {
  await using node = await withValues()
  const names = Array.from({ length: 1001 }, (_, index) => `v${index}`)
  const error = { code: 'argument_error', message: 'variable_ids names more than 1000 variables' }
  assertError(422, error, await fetch(node.reader, names))
  assertError(404, missing('v0'), await fetch(node.reader, names.slice(1).with(0, 'v0')))
})

test('a value that is called `__proto__` is a value like others', async () => {
  await using node = await withValues()
  await node.load('- !variable __proto__\n- !variable constructor')
  await node.set('__proto__', 'one')
  await node.set('constructor', 'two')
  const reply = mustBe(200, await fetch(node.admin, ['__proto__', 'constructor']))
  assert.equal(reply.text, '{"acme:variable:__proto__":"one","acme:variable:constructor":"two"}')
})
