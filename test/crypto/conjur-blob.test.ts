import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { openConjurBlob } from '#crypto/conjur-blob.ts'
import { blob as vector } from './vectors.ts'

const dataKey = createSecretKey(vector.data_key_base64, 'base64')
const blob = Buffer.from(vector.blob_hex, 'hex')

test('the encrypted value of the vector opens', () => {
  assert.equal(openConjurBlob(dataKey, vector.aad, blob).toString(), vector.plaintext)
})

test('a blob of another resource, of another key, altered or cut does not open', () => {
  const altered = Buffer.from(blob)
  altered[30] = (altered[30] ?? 0) ^ 1
  const otherKey = createSecretKey(Buffer.alloc(32))
  const corrupt = { code: 'corrupt' }
  assert.throws(() => openConjurBlob(dataKey, `${vector.aad}2`, blob), corrupt)
  assert.throws(() => openConjurBlob(otherKey, vector.aad, blob), corrupt)
  assert.throws(() => openConjurBlob(dataKey, vector.aad, altered), corrupt)
  assert.throws(() => openConjurBlob(dataKey, vector.aad, blob.subarray(0, 28)), corrupt)
  assert.throws(() => openConjurBlob(dataKey, vector.aad, blob.subarray(1)), corrupt)
})
