import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readParameters } from '#http/parameters.ts'
import type { Parameters } from '#http/parameters.ts'
import type { Call } from '#http/call.ts'

/** The parameters of a call with this query, content type and body. */
const parametersOf = (query: string, type: string, body: string): Promise<Parameters> => {
  const call: Pick<Call, 'query' | 'header' | 'body'> = {
    query: new URLSearchParams(query),
    header: (name) => (name === 'content-type' ? type : ''),
    body: async () => Buffer.from(body),
  }
  return readParameters({ ...unused, ...call })
}

const unused: Call = {
  params: {},
  query: new URLSearchParams(),
  origin: { clientIp: '', request: '' },
  isBasic: false,
  session: () => assert.fail('no session is needed'),
  basic: () => assert.fail('no credentials are needed'),
  body: () => assert.fail('replaced'),
  header: () => assert.fail('replaced'),
  certificates: () => assert.fail('no certificates are needed'),
}

test('a form is read, and overrides the query', async () => {
  const form = await parametersOf(
    'id=q&only=1',
    'application/x-www-form-urlencoded',
    'id=a+b&c[]=1&c[]=2',
  )
  assert.equal(form.text('id'), 'a b')
  assert.equal(form.text('only'), '1')
  assert.deepEqual(form.list('c'), ['1', '2'])
  assert.deepEqual(form.list('id'), ['a b'])
  assert.equal(form.text('missing'), undefined)
})

test('a body without a type is a form', async () => {
  assert.equal((await parametersOf('', '', 'id=x')).text('id'), 'x')
})

test('a JSON object is read, and overrides the query', async () => {
  const json = await parametersOf(
    'id=q',
    'application/json; charset=utf-8',
    '{"id":"j","n":7,"l":["a","b"],"o":{}}',
  )
  assert.equal(json.text('id'), 'j')
  assert.equal(json.text('n'), '7')
  assert.deepEqual(json.list('l'), ['a', 'b'])
  assert.equal(json.text('o'), undefined)
})

test('a body of another type is not looked at', async () => {
  assert.equal((await parametersOf('id=q', 'text/plain', 'id=x')).text('id'), 'q')
})

test('members are read from a form and from JSON, and those of the body replace those of the query', async () => {
  const form = await parametersOf('a[q]=1', '', 'id=x&a[k/v]=1&a[k%20k]=2&a[k/v]=3&a[]=4&b[c][d]=5')
  assert.deepEqual(
    [...form.members('a')],
    [
      ['k/v', '3'],
      ['k k', '2'],
    ],
  )
  assert.deepEqual(form.list('a'), ['4'])
  assert.deepEqual([...form.members('id')], [])
  assert.equal(form.text('b[c][d]'), '5')
  const json = await parametersOf(
    'a[q]=1',
    'application/json',
    '{"a":{"k":"v","n":1,"t":true,"o":{},"x":null}}',
  )
  assert.deepEqual(
    [...json.members('a')],
    [
      ['k', 'v'],
      ['n', '1'],
      ['t', 'true'],
    ],
  )
  const query = await parametersOf('a[q]=1', 'text/plain', 'a[k]=2')
  assert.deepEqual([...query.members('a')], [['q', '1']])
})

test('malformed JSON is a bad request, and an empty body is no JSON to be malformed', async () => {
  await assert.rejects(parametersOf('', 'application/json', '{"id":'), { code: 'bad_request' })
  assert.equal((await parametersOf('id=q', 'application/json', '')).text('id'), 'q')
})

test('`template`: names that mean something to JavaScript are names like any other', async () => {
  const form = await parametersOf('', '', '__proto__=x&constructor=y&a[__proto__]=z')
  assert.equal(form.text('__proto__'), 'x')
  assert.equal(form.text('toString'), undefined)
  assert.deepEqual([...form.members('a')], [['__proto__', 'z']])
  const json = await parametersOf('', 'application/json', '{"a":{"__proto__":"z"}}')
  assert.deepEqual([...json.members('a')], [['__proto__', 'z']])
})

test('`json-dos`: a form of ten thousand members is read at once', async () => {
  const body = Array.from({ length: 10_000 }, (_, n) => `a[${n}]=`).join('&')
  const start = performance.now()
  const form = await parametersOf('', '', body)
  assert.equal(form.members('a').size, 10_000)
  assert.ok(performance.now() - start < 1000)
})
