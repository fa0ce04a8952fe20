import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeAuthorization, encodeAuthorization } from '#crypto/authorization.ts'
import { token as vector } from './vectors.ts'

const wire = JSON.stringify(vector.token)

test('the header of a token is that of the vector, and is read back', () => {
  assert.equal(encodeAuthorization(vector.token), vector.authorization_header)
  assert.equal(decodeAuthorization(vector.authorization_header), wire)
})

test('white space, line breaks and missing padding in the base64 do no harm', () => {
  const encoded = Buffer.from(wire).toString('base64')
  const wrapped = encoded.replaceAll(/.{60}/g, '$&\r\n ').replaceAll('=', '')
  assert.equal(decodeAuthorization(`Token token=" ${wrapped} "`), wire)
  assert.equal(decodeAuthorization(`Token token="${encoded}" and more`), wire)
})

test('a missing header and every other scheme are refused alike', () => {
  for (const header of [
    undefined,
    '',
    'Basic YWxpY2U6',
    'Token abc',
    'token token="x"',
    ' Token token="x"',
  ]) {
    assert.throws(() => decodeAuthorization(header), {
      code: 'token_invalid',
      message: 'Authorization missing',
    })
  }
})

test('a header of more than 16 KiB is not looked at', () => {
  const header = encodeAuthorization({ ...vector.token, payload: 'x'.repeat(13_000) })
  assert.throws(() => decodeAuthorization(header), {
    code: 'token_invalid',
    message: 'Unauthorized: Invalid token',
  })
})
