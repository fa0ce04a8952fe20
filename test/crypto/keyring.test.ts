import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring, generateDataKey, wrapDataKey } from '#crypto/keyring.ts'
import { generateMasterKey, parseMasterKey } from '#crypto/master-key.ts'

const masterKey = parseMasterKey(generateMasterKey())
const [first, second] = [generateDataKey(), generateDataKey()]
const wrapped = [
  { id: 2, wrapped: wrapDataKey(masterKey, 2, second) },
  { id: 1, wrapped: wrapDataKey(masterKey, 1, first) },
]
const context = ['secret', 'acme:variable:a', '1']
const value = Buffer.from('value')

test('the newest data key seals, the older ones still open', () => {
  const before = createKeyring({ masterKey, wrapped: wrapped.slice(1) })
  const after = createKeyring({ masterKey, wrapped })
  assert.equal(before.current, 1)
  assert.equal(after.current, 2)
  assert.deepEqual(after.open(context, before.seal(context, value)), value)
  assert.deepEqual(after.open(context, after.seal(context, value)), value)
})

test('a value under a data key that the keyring lacks is corrupt, not a crash', () => {
  const before = createKeyring({ masterKey, wrapped: wrapped.slice(1) })
  const after = createKeyring({ masterKey, wrapped })
  assert.throws(() => before.open(context, after.seal(context, value)), { code: 'corrupt' })
  assert.throws(() => before.open(context, new Uint8Array()), { code: 'corrupt' })
})

test('another master key is a fault of configuration', () => {
  const other = parseMasterKey(generateMasterKey())
  assert.throws(() => createKeyring({ masterKey: other, wrapped }), {
    code: 'configuration',
    message: 'this database was sealed with another master key',
  })
})

test('the master key is replaced by wrapping alone', () => {
  const old = createKeyring({ masterKey, wrapped })
  const next = parseMasterKey(generateMasterKey())
  const rewrapped = [
    { id: 1, wrapped: wrapDataKey(next, 1, first) },
    { id: 2, wrapped: wrapDataKey(next, 2, second) },
  ]
  const keyring = createKeyring({ masterKey: next, wrapped: rewrapped })
  assert.deepEqual(keyring.open(context, old.seal(context, value)), value)
})

test('`db-theft`: two wrapped data keys cannot change places', () => {
  const swapped = [
    { id: 1, wrapped: wrapDataKey(masterKey, 2, second) },
    { id: 2, wrapped: wrapDataKey(masterKey, 1, first) },
  ]
  assert.throws(() => createKeyring({ masterKey, wrapped: swapped }), { code: 'configuration' })
})

test('a database without a data key is corrupt', () => {
  assert.throws(() => createKeyring({ masterKey, wrapped: [] }), { code: 'corrupt' })
})

test('the master key stays whole: its owner zeroes it', () => {
  const key = parseMasterKey(generateMasterKey())
  const copy = Buffer.from(key)
  createKeyring({ masterKey: key, wrapped: [{ id: 1, wrapped: wrapDataKey(key, 1, first) }] })
  assert.deepEqual(key, copy)
})

test('a master key is 32 bytes of base64, with white space around it', () => {
  assert.equal(parseMasterKey(` ${Buffer.alloc(32, 5).toString('base64')}\n`).length, 32)
  for (const text of [
    '',
    'hunter2',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    Buffer.alloc(32).toString('hex'),
    'A'.repeat(44),
  ]) {
    assert.throws(
      () => parseMasterKey(text),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error)
        assert.equal(error.code, 'configuration')
        assert.doesNotMatch(error.message, /hunter2/)
        return true
      },
    )
  }
})
