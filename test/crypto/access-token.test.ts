import assert from 'node:assert/strict'
import { constants, createHash, privateEncrypt, randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import { signToken, verifyToken } from '#crypto/access-token.ts'
import { keyIdOf } from '#crypto/signing-key.ts'
import { keyOf, signingKey, token as vector, verificationKey } from './vectors.ts'

const wire = JSON.stringify(vector.token)
const issuedAt = 1_700_000_000_000
const claims = { iat: 1_700_000_000, sub: 'host/data/my app', exp: 1_700_000_480 }

const b64 = (text: string | Buffer): string =>
  Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_')

/** A token over any payload and header, signed as the format wants it. */
function forge(payload: string, header = vector.header_json): string {
  const parts = { protected: b64(header), payload: b64(payload) }
  const salt = randomBytes(32)
  const digest = createHash('sha256')
    .update(salt)
    .update(`${parts.protected}.${parts.payload}`)
    .digest()
  const sealed = privateEncrypt(
    { key: signingKey.privateKey, padding: constants.RSA_PKCS1_PADDING },
    digest,
  )
  return JSON.stringify({ ...parts, signature: b64(Buffer.concat([sealed, salt])) })
}

const invalid = { code: 'token_invalid', message: 'Unauthorized: Invalid token' }
const malformed = { code: 'token_invalid', message: 'Malformed authorization token' }

test('a token with a given salt is byte for byte the one of the vector', () => {
  const token = signToken(claims, signingKey, Buffer.from(vector.salt_hex, 'hex'))
  assert.equal(JSON.stringify(token), wire)
})

test('the key id of the vector is that of its key', () => {
  assert.equal(keyIdOf(verificationKey.publicKey), vector.kid)
})

test('the claims of a token are in the order iat, sub, exp, jti, and those of a second factor come last', () => {
  const token = signToken({ jti: 'g1', exp: 3, sub: 'alice', iat: 1 }, signingKey)
  assert.equal(token.payload, b64('{"iat":1,"sub":"alice","exp":3,"jti":"g1"}'))
  const proven = { auth_time: 1, amr: ['otp'], jti: 'g1', exp: 3, sub: 'alice', iat: 1 }
  assert.equal(
    signToken(proven, signingKey).payload,
    b64('{"iat":1,"sub":"alice","exp":3,"jti":"g1","amr":["otp"],"auth_time":1}'),
  )
})

test('a verified token yields its claims, the key that signed it and its end', () => {
  const verified = verifyToken(wire, keyOf, issuedAt)
  assert.deepEqual(verified.claims, claims)
  assert.equal(verified.key, verificationKey)
  assert.equal(verified.expiresAt, 1_700_000_480_000)
})

test('the compact form and forms without padding are accepted too', () => {
  const { protected: header, payload, signature } = vector.token
  const compact = `${header}.${payload}.${signature}`
  assert.deepEqual(verifyToken(compact, keyOf, issuedAt).claims, claims)
  assert.deepEqual(verifyToken(compact.replaceAll('=', ''), keyOf, issuedAt).claims, claims)
  assert.deepEqual(verifyToken(wire.replaceAll('=', ''), keyOf, issuedAt).claims, claims)
})

test('a further header member does no harm', () => {
  const header = vector.header_json.replace('}', ',"typ":"JWT"}')
  assert.deepEqual(verifyToken(forge(vector.claims_json, header), keyOf, issuedAt).claims, claims)
})

test('a token ends at the very second of its exp, whatever the fraction before', () => {
  assert.ok(verifyToken(wire, keyOf, 1_700_000_479_999))
  assert.throws(() => verifyToken(wire, keyOf, 1_700_000_480_000), invalid)
})

test('a token without exp ends 480 seconds after iat', () => {
  const token = forge('{"iat":1700000000,"sub":"alice"}')
  assert.equal(verifyToken(token, keyOf, issuedAt).expiresAt, 1_700_000_480_000)
  assert.throws(() => verifyToken(token, keyOf, 1_700_000_480_000), invalid)
})

test('all claims that are tolerated are passed on', () => {
  const others = { cidr: ['10.0.0.0/8'], iss: 'x', aud: ['y'], jti: 'g1' }
  const all = { ...claims, ...others, amr: ['otp', 'mfa'], auth_time: 1_700_000_000 }
  assert.deepEqual(verifyToken(forge(JSON.stringify(all)), keyOf, issuedAt).claims, all)
})

test('an unknown claim is refused, `__proto__` among them', () => {
  for (const extra of ['"admin":true', '"__proto__":{}', '"nbf":1']) {
    const token = forge(`{"iat":1700000000,"sub":"alice","exp":1700000480,${extra}}`)
    assert.throws(() => verifyToken(token, keyOf, issuedAt), {
      code: 'token_invalid',
      message: 'token contains unrecognized claims',
    })
  }
})

test('a claim of the wrong type is refused, and a missing iat or sub', () => {
  for (const payload of [
    '{"sub":"alice","exp":1700000480}',
    '{"iat":1700000000,"exp":1700000480}',
    '{"iat":"1700000000","sub":"alice","exp":1700000480}',
    '{"iat":1700000000,"sub":7,"exp":1700000480}',
    '{"iat":1700000000,"sub":"alice","exp":null}',
    '{"iat":1700000000,"sub":"alice","exp":1e999}',
    '{"iat":1700000000,"sub":"alice","cidr":"10.0.0.0/8"}',
    '{"iat":1700000000,"sub":"alice","jti":1}',
    '{"iat":1700000000,"sub":"alice","amr":"otp","auth_time":1700000000}',
    '{"iat":1700000000,"sub":"alice","amr":["otp",1],"auth_time":1700000000}',
    '{"iat":1700000000,"sub":"alice","amr":["otp"],"auth_time":"1700000000"}',
    '{"iat":1700000000,"sub":"alice","amr":["otp"],"auth_time":1e999}',
    '[]',
  ]) {
    assert.throws(() => verifyToken(forge(payload), keyOf, issuedAt), invalid, payload)
  }
})

test('what is no JSON is malformed, in the token and in its payload', () => {
  for (const token of ['', 'x', '{', forge('alice'), forge('7'), forge('null')]) {
    assert.throws(() => verifyToken(token, keyOf, issuedAt), malformed, token)
  }
})

test('JSON that is no token is refused', () => {
  for (const token of ['null', '7', '{}', '{"protected":1,"payload":"","signature":""}']) {
    assert.throws(() => verifyToken(token, keyOf, issuedAt), invalid, token)
  }
})

test('every part is under the signature', () => {
  const other = b64('{"iat":1700000000,"sub":"admin","exp":1700000480}')
  const flipped = Buffer.from(vector.token.signature, 'base64url')
  for (const position of [0, 100, 255, 256, 287]) {
    const bytes = Buffer.from(flipped)
    bytes[position] = (bytes[position] ?? 0) ^ 1
    const token = JSON.stringify({ ...vector.token, signature: b64(bytes) })
    assert.throws(() => verifyToken(token, keyOf, issuedAt), invalid)
  }
  const forged = JSON.stringify({ ...vector.token, payload: other })
  assert.throws(() => verifyToken(forged, keyOf, issuedAt), invalid)
  const cut = JSON.stringify({ ...vector.token, signature: '' })
  assert.throws(() => verifyToken(cut, keyOf, issuedAt), invalid)
})

test('another algorithm, an unknown key and a missing key id are refused', () => {
  for (const header of [
    '{"alg":"none"}',
    vector.header_json.replace('slosilo/v2', 'slosilo/v1'),
    vector.header_json.replace(vector.kid, vector.kid.toUpperCase()),
    vector.header_json.replace(vector.kid, '../../etc/passwd'),
    '{"alg":"conjur.org/slosilo/v2"}',
    '{"alg":"conjur.org/slosilo/v2","kid":["x"]}',
    'null',
  ]) {
    const token = forge(vector.claims_json, header)
    assert.throws(() => verifyToken(token, keyOf, issuedAt), invalid, header)
  }
})

test('an ordinary RS256 signature by the same key is no signature of this format', () => {
  const salt = randomBytes(32)
  const signed = Buffer.concat([
    salt,
    Buffer.from(`${vector.token.protected}.${vector.token.payload}`),
  ])
  const rs256 = sign('sha256', signed, signingKey.privateKey)
  const token = { ...vector.token, signature: b64(Buffer.concat([rs256, salt])) }
  assert.throws(() => verifyToken(JSON.stringify(token), keyOf, issuedAt), invalid)
})

test('`stale-token`: a token names the generation of the credential under which it was issued', () => {
  const token = JSON.stringify(signToken({ ...claims, jti: 'generation-7' }, signingKey))
  assert.equal(verifyToken(token, keyOf, issuedAt).claims.jti, 'generation-7')
})
