import assert from 'node:assert/strict'
import { createCipheriv, createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { open as openWith, seal, type SealingContext, type SealingKey } from '#crypto/sealing.ts'

const key: SealingKey = { id: 7, key: createSecretKey(Buffer.alloc(32, 1)) }
const context = ['secret', 'acme:variable:db/password', '3']
const plaintext = Buffer.from('CANARY-hunter2')

const open = (one: SealingKey, blob: Uint8Array, place: SealingContext): Buffer =>
  openWith((id) => (id === one.id ? one : undefined), blob, place)

test('what was sealed opens in its context', () => {
  const blob = seal(key, plaintext, context)
  assert.deepEqual(open(key, blob, context), plaintext)
  assert.equal(blob.length, 33 + plaintext.length)
  assert.equal(blob.readUInt32BE(1), 7)
})

test('nothing at all and a megabyte come back as they were', () => {
  for (const size of [0, 1, 1 << 20]) {
    const value = Buffer.alloc(size, 0xab)
    assert.ok(open(key, seal(key, value, context), context).equals(value))
  }
})

test('a blob that begins in the middle of its memory opens', () => {
  const blob = seal(key, plaintext, context)
  const memory = new Uint8Array(blob.length + 20)
  memory.set(blob, 9)
  assert.deepEqual(open(key, memory.subarray(9, 9 + blob.length), context), plaintext)
})

test('the form is version, key id, iv, tag, ciphertext, with header and context authenticated', () => {
  const blob = seal(key, plaintext, ['a', 'bc'])
  assert.equal(blob.subarray(0, 5).toString('hex'), '0100000007')
  const cipher = createCipheriv('aes-256-gcm', key.key, blob.subarray(5, 17))
  cipher.setAAD(Buffer.from('1.7.1:a2:bc'))
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
  assert.deepEqual(blob.subarray(17), Buffer.concat([cipher.getAuthTag(), text]))
})

test('the same value is sealed differently each time', () => {
  assert.notDeepEqual(seal(key, plaintext, context), seal(key, plaintext, context))
})

test('`db-theft`: a blob in the row of another resource, version or purpose does not open', () => {
  const blob = seal(key, plaintext, context)
  for (const other of [
    ['secret', 'acme:variable:db/password', '4'],
    ['secret', 'acme:variable:db/passwor', 'd3'],
    ['secret', 'evil:variable:db/password', '3'],
    ['signing-key', 'acme:variable:db/password', '3'],
    ['secret', 'acme:variable:db/password'],
    ['secretacme:variable:db/password3'],
    [...context, ''],
    [],
  ]) {
    assert.throws(() => open(key, blob, other), { code: 'corrupt' })
  }
})

test('a flipped bit anywhere, a cut and a longer blob do not open', () => {
  const blob = seal(key, plaintext, context)
  for (let position = 0; position < blob.length; position += 1) {
    const altered = Buffer.from(blob)
    altered[position] = (altered[position] ?? 0) ^ 0x10
    assert.throws(() => open(key, altered, context), { code: 'corrupt' }, `byte ${position}`)
  }
  for (let length = 0; length < blob.length; length += 1) {
    assert.throws(() => open(key, blob.subarray(0, length), context), { code: 'corrupt' })
  }
  assert.throws(() => open(key, Buffer.concat([blob, Buffer.of(0)]), context), { code: 'corrupt' })
})

test('another key does not open it', () => {
  const other = { id: 7, key: createSecretKey(Buffer.alloc(32, 2)) }
  assert.throws(() => open(other, seal(key, plaintext, context), context), { code: 'corrupt' })
})

test('`error-canary`: the failure names the place and nothing of the value', () => {
  const blob = seal(key, plaintext, context)
  blob[blob.length - 1] = (blob.at(-1) ?? 0) ^ 1
  assert.throws(
    () => open(key, blob, context),
    (error) => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /acme:variable:db\/password/)
      assert.doesNotMatch(`${error.message}${error.stack}${String(error.cause)}`, /CANARY|hunter2/)
      return true
    },
  )
})
