import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { exportSPKI, importJWK, CompactSign } from 'jose'
import {
  door,
  issuerKey,
  JWKS_URI,
  jwksOf,
  key,
  podClaims,
  signed,
  world,
  type IssuerKey,
} from './issuer.ts'

const recognise = door()
const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token whose parts are signed as they are, whatever they hold. */
const signedText = (payload: string, by: IssuerKey = key): Promise<string> =>
  new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: by.alg, kid: by.kid ?? '' })
    .sign(by.privateKey)

test('a token in a form is found among other fields, encoded and with white space around it', async () => {
  const token = await signed()
  for (const body of [
    `jwt=${token}`,
    `a=b&jwt=${token}&c`,
    `jwt=${token}\n`,
    `jwt=${token.replaceAll('.', '%2E')}`,
  ]) {
    assert.ok(await recognise('', { body }), body)
  }
})

test('a body without a token is a bad request', async () => {
  for (const body of [
    '',
    'jwt=',
    'jwt',
    'token=x.y.z',
    'JWT=x.y.z',
    'jwt=%20',
    '{"jwt":"x.y.z"}',
  ]) {
    await assert.rejects(recognise('', { body }), {
      code: 'bad_request',
      status: 400,
      message: "CONJ00009E Field 'jwt' is missing or empty in request body",
    })
  }
})

test('a field that is no token, and a second token, are refused', async () => {
  const token = await signed()
  for (const body of [
    'jwt=x',
    'jwt=x.y',
    'jwt=x.y.z.w.v',
    'jwt=x..z',
    'jwt=x.y.z%00',
    `jwt=${token}&jwt=${token}`,
    `jwt=${token}&jwt=`,
  ]) {
    await assert.rejects(recognise('', { body }), { code: 'unauthorized', message: /^CONJ00077E/ })
  }
})

test('bytes that are not UTF-8 are no token', async () => {
  const body = Buffer.concat([Buffer.from('jwt=x.'), Buffer.of(0xff, 0xfe), Buffer.from('.z')])
  await assert.rejects(recognise('', { body }), { message: /^CONJ00077E/ })
})

test('`jwt`: a huge token is refused before anything of it is read', async () => {
  const outside = world()
  const enter = door(outside)
  const body = `jwt=${'x'.repeat(70_000)}`
  await assert.rejects(enter('', { body }), { code: 'too_large', status: 413 })
  assert.deepEqual(outside.asked, [])
})

for (const alg of [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]) {
  test(`a token signed with ${alg} is recognised, and its alteration is not`, async () => {
    const signer = await issuerKey(alg)
    const enter = door(world({ [JWKS_URI]: jwksOf(signer) }))
    const token = await signed(podClaims, signer)
    assert.ok(await enter(token))
    const [header, , signature] = token.split('.')
    const altered = [header, b64({ ...podClaims, sub: 'admin' }), signature].join('.')
    await assert.rejects(enter(altered), { message: /^CONJ00015E/ })
  })
}

test('`jwt`: alg none is refused however it is written, before any key is fetched', async () => {
  const outside = world()
  const enter = door(outside)
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, 7, ['ES256'], undefined]) {
    const token = `${b64({ alg, kid: 'key-1' })}.${b64(podClaims)}.AA`
    await assert.rejects(enter(token), { code: 'unauthorized', message: /^CONJ00015E/ })
  }
  assert.deepEqual(outside.asked, [])
})

test('`jwt`: an empty signature is no signature', async () => {
  const [header, payload] = (await signed()).split('.')
  await assert.rejects(recognise(`${header}.${payload}.`), { message: /^CONJ00077E/ })
  await assert.rejects(recognise(`${header}.${payload}.=`), { message: /^CONJ000(15|35)E/ })
})

test('`jwt`: a public key is not taken for a shared secret (HS/RS confusion)', async () => {
  const signer = await issuerKey('RS256')
  const enter = door(world({ [JWKS_URI]: jwksOf(signer) }))
  const publicKey = await importJWK(signer.jwk, 'RS256', { extractable: true })
  assert.ok(!(publicKey instanceof Uint8Array))
  const spki = await exportSPKI(publicKey)
  const secrets = [
    spki,
    spki.trim(),
    createPublicKey(spki).export({ type: 'spki', format: 'der' }),
    createPublicKey(spki).export({ type: 'pkcs1', format: 'pem' }),
  ]
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    for (const secret of secrets) {
      const text = `${b64({ alg, kid: 'key-1' })}.${b64(podClaims)}`
      const hash = alg.replace('HS', 'sha')
      const signature = createHmac(hash, secret).update(text).digest('base64url')
      await assert.rejects(enter(`${text}.${signature}`), { message: /^CONJ00015E/ })
    }
  }
})

test('`jwt`: a shared secret in the key set signs nothing', async () => {
  const secret = Buffer.alloc(32, 1)
  const jwk = { kty: 'oct', k: secret.toString('base64url'), kid: 'key-1' }
  const enter = door(world({ [JWKS_URI]: JSON.stringify({ keys: [jwk] }) }))
  const text = `${b64({ alg: 'HS256', kid: 'key-1' })}.${b64(podClaims)}`
  const signature = createHmac('sha256', secret).update(text).digest('base64url')
  await assert.rejects(enter(`${text}.${signature}`), { message: /^CONJ00015E/ })
})

test('`jwt`: a key that the token brings along is not used (embedded jwk, jku, x5u, x5c)', async () => {
  const outside = world()
  const enter = door(outside)
  const forger = await issuerKey()
  for (const header of [
    { jwk: forger.jwk },
    { jwk: forger.jwk, kid: undefined },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/cert' },
    { x5c: ['MIIB'] },
  ]) {
    const token = await signed(podClaims, forger, header)
    await assert.rejects(enter(token), { code: 'unauthorized', message: /^CONJ00015E/ })
  }
  assert.ok(outside.asked.every((url) => url === JWKS_URI))
})

test('`jwt`: a kid is a name to compare, never a path', async () => {
  const outside = world()
  const enter = door(outside)
  for (const kid of [
    '../../../../dev/null',
    '/etc/passwd',
    "' OR 1=1 --",
    'https://evil.example/',
    '__proto__',
    'constructor',
    'key-1\0',
    'KEY-1',
    '',
  ]) {
    const token = await signed(podClaims, key, { kid })
    await assert.rejects(enter(token), { code: 'unauthorized', message: /^CONJ00015E/ }, kid)
  }
  assert.ok(outside.asked.every((url) => url === JWKS_URI))
})

test('`jwt`: duplicated claims are refused, also within others and in the header', async () => {
  const plain = JSON.stringify(podClaims)
  const twice = [
    plain.replace('{', '{"sub":"admin",'),
    plain
      .replace('}', ',"namespace":"kube-system"}')
      .replace('"name":"cart"', '"name":"cart","name":"x"'),
    plain.replace('{', String.raw`{"s\u0075b":"admin",`),
    plain.replace('{', '{"__proto__":1,"__proto__":2,'),
  ]
  for (const payload of twice) {
    await assert.rejects(recognise(await signedText(payload)), { message: /^CONJ00035E/ }, payload)
  }
  assert.ok(await recognise(await signedText(plain.replace('{', '{"a:b":"c:\\"d:e\\\\",'))))
  const [, payload, signature] = (await signed()).split('.')
  const header = b64('{"alg":"none","alg":"ES256","kid":"key-1"}')
  await assert.rejects(recognise([header, payload, signature].join('.')), {
    message: /^CONJ00035E/,
  })
})

test('a token whose parts are not what they should be is refused', async () => {
  for (const payload of ['x', '[]', 'null', '7', '"x"', '{', '{"sub":"x"}x', '\uFEFF{}']) {
    await assert.rejects(recognise(await signedText(payload)), { message: /^CONJ00035E/ }, payload)
  }
  for (const header of ['', 'x', '[]', 'null', '{"alg":"ES256"', '\xff']) {
    const token = `${b64(header) || 'e30x'}.${b64(podClaims)}.AA`
    await assert.rejects(recognise(token), { message: /^CONJ00035E/ }, header)
  }
})

test('`json-dos`: claims that are nested without end are refused', async () => {
  const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  await assert.rejects(recognise(await signedText(deep)), { message: /^CONJ00035E/ })
  const header = b64(`{"alg":"ES256","a":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`)
  await assert.rejects(recognise(`${header}.${b64(podClaims)}.AA`), { message: /^CONJ00035E/ })
})

test('critical extensions and detached payloads are refused', async () => {
  for (const extra of [{ crit: ['exp'], exp: 1 }, { b64: false, crit: ['b64'] }, { b64: true }]) {
    const [, payload, signature] = (await signed()).split('.')
    const header = b64({ alg: 'ES256', kid: 'key-1', ...extra })
    await assert.rejects(recognise([header, payload, signature].join('.')), {
      message: /^CONJ00015E/,
    })
  }
})

test('a signature of one algorithm does not count for another', async () => {
  const [, payload, signature] = (await signed()).split('.')
  for (const alg of ['ES384', 'RS256', 'PS256', 'EdDSA']) {
    const token = [b64({ alg, kid: 'key-1' }), payload, signature].join('.')
    await assert.rejects(recognise(token), { message: /^CONJ00015E/ }, alg)
  }
})

test('an RSA key of fewer than 2048 bits signs nothing', async () => {
  const { generateKeyPairSync, sign } = await import('node:crypto')
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1' }
  const enter = door(world({ [JWKS_URI]: JSON.stringify({ keys: [jwk] }) }))
  const text = `${b64({ alg: 'RS256', kid: 'key-1' })}.${b64(podClaims)}`
  const signature = sign('sha256', Buffer.from(text), privateKey).toString('base64url')
  await assert.rejects(enter(`${text}.${signature}`), { message: /^CONJ00015E/ })
})
