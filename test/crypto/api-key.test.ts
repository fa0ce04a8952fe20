import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestApiKey, generateApiKey, matchesDigest } from '#crypto/api-key.ts'
import { apiKey as vector } from './vectors.ts'

test('the key of given bytes is that of the vector', () => {
  assert.equal(generateApiKey(Buffer.from(vector.random_bytes_hex, 'hex')), vector.api_key)
})

test('the smallest and the largest words keep their digits', () => {
  assert.equal(generateApiKey(Buffer.alloc(32)), '00000000')
  assert.equal(generateApiKey(Buffer.alloc(32, 0xff)), '3zzzzzz'.repeat(8))
})

test('random keys differ and keep to the alphabet', () => {
  const keys = Array.from({ length: 500 }, () => generateApiKey())
  assert.equal(new Set(keys).size, 500)
  for (const key of keys) assert.match(key, /^[0-9a-hjkmnp-tv-z]{30,56}$/)
})

test('a digest matches that of the same key alone, as text or as bytes', () => {
  const digest = digestApiKey(vector.api_key)
  assert.equal(digest.length, 32)
  assert.equal(matchesDigest(digest, digestApiKey(vector.api_key)), true)
  assert.equal(matchesDigest(digest, digestApiKey(Buffer.from(vector.api_key))), true)
  for (const wrong of [
    '',
    vector.api_key.slice(1),
    `${vector.api_key} `,
    vector.api_key.toUpperCase(),
  ]) {
    assert.equal(matchesDigest(digest, digestApiKey(wrong)), false)
  }
})

test('a stored digest that was cut short matches nothing', () => {
  const digest = digestApiKey(vector.api_key)
  assert.equal(matchesDigest(digest.subarray(0, 31), digest), false)
  assert.equal(matchesDigest(new Uint8Array(), digest), false)
})
