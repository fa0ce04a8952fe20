import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectedFormat, parseImport } from '#cli/import/formats.ts'
import type { ImportFormat } from '#cli/import/format-names.ts'

const read = async (
  text: string,
  format: ImportFormat = detectedFormat(text),
): Promise<readonly (readonly [id: string, value: string])[]> =>
  (await parseImport(text, format)).map(({ id, value }) => [id, value.toString('latin1')] as const)

const SECRETS = `
apiVersion: v1
kind: Secret
metadata: { name: db, namespace: shop }
data:
  password: |
    czNj
    cmV0
  binary: /wCA
stringData: { user: shop, password: again }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Secret, metadata: { name: mail }, stringData: { "tls.key": "yes" } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: no } }
`

test('Secrets of Kubernetes become NAMESPACE/NAME/KEY, other objects nothing', async () => {
  assert.deepEqual(await read(SECRETS), [
    ['shop/db/password', 'again'],
    ['shop/db/binary', '\u00FF\u0000\u0080'],
    ['shop/db/user', 'shop'],
    ['mail/tls.key', 'yes'],
  ])
  const json = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { k: 'eA==' } }
  assert.deepEqual(await read(JSON.stringify(json)), [['a/k', 'x']])
})

test('`error-canary`: a Secret that is not right is told without its values', async () => {
  const secret = (rest: string): string =>
    `kind: Secret\napiVersion: v1\nmetadata: { name: a }\n${rest}`
  for (const [text, message] of [
    [secret('data: { k: c4n4ry! }'), 'the value of `a/k` is not base64'],
    [secret('data: { k: [c4n4ry] }'), '`a/k` is not a text'],
    ['kind: Secret\napiVersion: v1\nstringData: { k: c4n4ry }', 'a Secret has no name'],
    ['kind: Deployment\napiVersion: v1', 'the file holds no Secret'],
    ['kind: Secret\n  c4n4ry: {', 'the file is not valid YAML in line 1'],
  ] as const) {
    await assert.rejects(read(text, 'kubernetes'), { code: 'usage', message })
  }
})

test('`yaml`: bombs and depths end as files that are not valid', async () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let level = 0; level < 9; level++) {
    const name = String.fromCodePoint(97 + level)
    const next = String.fromCodePoint(98 + level)
    bomb.push(`${next}: &${next} [${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`)
  }
  for (const text of [bomb.join('\n'), `a: ${'['.repeat(50_000)}`, 'a: *nobody', 'a: 1\na: 2']) {
    await assert.rejects(read(text, 'kubernetes'), { code: 'usage', message: /not valid YAML/ })
  }
  await assert.rejects(read(' '.repeat(17 * 1024 * 1024), 'kubernetes'), { code: 'too_large' })
})

test('secrets of Vault are those of both versions of the KV engine', async () => {
  const second = {
    request_id: 'r',
    data: { data: { user: 'a', port: 5432 }, metadata: { version: 1 } },
  }
  const first = { request_id: 'r', data: { user: 'a', deep: { key: true, list: [1] }, none: null } }
  assert.deepEqual(await read(JSON.stringify(second)), [
    ['user', 'a'],
    ['port', '5432'],
  ])
  assert.deepEqual(await read(JSON.stringify(first)), [
    ['user', 'a'],
    ['deep/key', 'true'],
    ['deep/list', '[1]'],
  ])
  await assert.rejects(read('{"a":"b"}', 'vault'), { message: 'the file holds no secret of Vault' })
})

test('values by their ids may be nested, and whole ids lose account and kind', async () => {
  const values = { 'acme:variable:db/password': 'p', mail: { user: 'm', 'a:b': 'c' } }
  assert.deepEqual(await read(JSON.stringify(values)), [
    ['db/password', 'p'],
    ['mail/user', 'm'],
    ['mail/a:b', 'c'],
  ])
})

test('`json-dos`: what lies too deep, is too much or is no object is refused', async () => {
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`
  await assert.rejects(read(deep, 'json'), { message: 'the objects lie too deep in each other' })
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`v${index}`, 'x']))
  await assert.rejects(read(JSON.stringify(many)), { code: 'too_large' })
  for (const text of ['[]', '"c4n4ry"', '{c4n4ry', 'null']) {
    await assert.rejects(read(text, 'json'), { message: 'the file is not an object of JSON' })
  }
})

test('`path`: names that no variable can have are refused, and names that stand twice', async () => {
  for (const name of ['', '/a', 'a//b', '../a', 'a/.', 'a\u0000', 'x'.repeat(901), '\uD800']) {
    await assert.rejects(read(JSON.stringify({ [name]: 'v' }), 'json'), {
      code: 'usage',
      message: /cannot be the name of a variable$/,
    })
  }
  await assert.rejects(read('{"a/b":"1","a":{"b":"2"}}'), {
    message: '`a/b` stands twice in the file',
  })
})

test('`__proto__` is a name like any other', async () => {
  assert.deepEqual(await read('{"__proto__":{"polluted":"x"}}'), [['__proto__/polluted', 'x']])
  const manifest =
    'kind: Secret\napiVersion: v1\nmetadata: { name: a }\nstringData: { __proto__: x }'
  assert.deepEqual(await read(manifest), [['a/__proto__', 'x']])
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
})

test('the format is seen from the content', () => {
  for (const [text, format] of [
    ['A=1', 'env'],
    ['# kind of\nA=1', 'env'],
    ['apiVersion: v1\nkind: Secret', 'kubernetes'],
    ['{"apiVersion":"v1","kind":"Secret"}', 'kubernetes'],
    ['{"data":{"a":"b"}}', 'vault'],
    [' {"a":"b"}', 'json'],
  ] as const) {
    assert.equal(detectedFormat(text), format, text)
  }
})
