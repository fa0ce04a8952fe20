import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newRecoveryCodes, recoveryCodeDigest } from '#crypto/recovery-code.ts'

const ALICE = 'acme:user:alice'

test('there are ten recovery codes of 80 bits, none of them twice', () => {
  const codes = newRecoveryCodes(ALICE).map(({ code }) => code)
  assert.equal(new Set(codes).size, 10)
  for (const code of codes)
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
})

test('`aliases`: every way to write a recovery code has the same digest', () => {
  const spellings = [
    '0123-4567-89AB-CD1J',
    ' 0123 4567 89ab cd1j\n',
    'o123456789ABCDLJ',
    'O123-4567-89ab-cdIj',
  ]
  const digests = new Set(
    spellings.map((text) => Buffer.from(recoveryCodeDigest(ALICE, text) ?? '').toString('hex')),
  )
  assert.equal(digests.size, 1)
  assert.ok(!digests.has(''))
})

test('a digest is that of the code which its owner got, and of nobody else', () => {
  for (const { code, digest } of newRecoveryCodes(ALICE)) {
    assert.deepEqual(recoveryCodeDigest(ALICE, code), digest)
    assert.notDeepEqual(recoveryCodeDigest('acme:user:bob', code), digest)
  }
})

test('what cannot be a recovery code has no digest', () => {
  for (const text of [
    '',
    '123456',
    '0123-4567-89AB-CDE',
    '0123-4567-89AB-CDEFG',
    '0123-4567-89AB-CDEU',
    '０123-4567-89AB-CDEF',
  ]) {
    assert.equal(recoveryCodeDigest(ALICE, text), undefined, text)
  }
})
