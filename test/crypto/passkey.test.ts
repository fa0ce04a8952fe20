import assert from 'node:assert/strict'
import { test } from 'node:test'
import { creationOptions, madePasskey, provenPasskey, requestOptions } from '#crypto/passkey.ts'
import type { KnownPasskey, ShownPasskey } from '#crypto/passkey.ts'
import { Failure } from '#lib/failure.ts'
import { softAuthenticator } from './soft-authenticator.ts'
import type { Deviation, SoftAuthenticator } from './soft-authenticator.ts'

const ORIGIN = 'https://vault.example.com:8443'
const ASKED = {
  party: { id: 'vault.example.com', origin: ORIGIN },
  challenge: Buffer.alloc(32, 5),
  timeout: 300_000,
}
const ALICE = { handle: Uint8Array.from([1, 2, 3]), name: 'alice' }

const enrol = async (device: SoftAuthenticator, deviation: Deviation = {}): Promise<ShownPasskey> =>
  madePasskey(ASKED, device.create(await creationOptions(ASKED, ALICE, []), deviation))

const prove = async (
  device: SoftAuthenticator,
  known: readonly KnownPasskey[],
  deviation: Deviation = {},
): Promise<ShownPasskey> =>
  provenPasskey(ASKED, known, device.get(await requestOptions(ASKED, known), deviation))

/** That work is refused with the words that all refusals have, and for this reason. */
async function assertRefused(work: Promise<unknown>, reason: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof Failure && error.cause instanceof Failure, String(error))
    assert.deepEqual([error.code, error.message], ['mfa_refused', 'the passkey was not accepted'])
    assert.match(error.cause.message, reason)
    return true
  })
}

test('a passkey that was made proves itself, and its counter grows', async () => {
  const device = softAuthenticator({ origin: ORIGIN })
  const made = await enrol(device)
  assert.deepEqual(
    { ...made, publicKey: made.publicKey.length },
    {
      credentialId: device.credentialId,
      publicKey: 77,
      counter: 1,
      transports: ['internal', 'hybrid'],
      backedUp: false,
      isBound: true,
    },
  )
  const proven = await prove(device, [made])
  assert.deepEqual(proven, { ...made, counter: 2 })
})

for (const algorithm of ['EdDSA', 'RS256'] as const) {
  test(`a passkey may have a key for ${algorithm}`, async () => {
    const device = softAuthenticator({ origin: ORIGIN, algorithm })
    assert.equal((await prove(device, [await enrol(device)])).counter, 2)
  })
}

test('a passkey that is synced says so, and need not count', async () => {
  const device = softAuthenticator({ origin: ORIGIN, isSynced: true, counts: false })
  const made = await enrol(device)
  assert.deepEqual([made.backedUp, made.isBound, made.counter], [true, false, 0])
  assert.equal((await prove(device, [made])).counter, 0)
  assert.equal((await prove(device, [made])).counter, 0)
})

test('the options ask for a verified person, for no attestation, and for none of the devices that are there', async () => {
  const known = await enrol(softAuthenticator({ origin: ORIGIN }))
  const creation = await creationOptions(ASKED, ALICE, [known])
  const challenge = ASKED.challenge.toString('base64url')
  assert.deepEqual(creation.rp, { name: 'Strongroom', id: 'vault.example.com' })
  assert.deepEqual(creation.user, { id: 'AQID', name: 'alice', displayName: 'alice' })
  assert.equal(creation.attestation, 'none')
  assert.equal(creation.authenticatorSelection?.userVerification, 'required')
  assert.deepEqual(
    creation.pubKeyCredParams.map(({ alg }) => alg),
    [-7, -8, -257],
  )
  const descriptor = {
    id: known.credentialId,
    transports: ['internal', 'hybrid'],
    type: 'public-key',
  }
  assert.deepEqual(creation.excludeCredentials, [descriptor])

  const request = await requestOptions(ASKED, [known])
  assert.deepEqual([creation.challenge, request.challenge], [challenge, challenge])
  assert.deepEqual(
    [request.rpId, request.userVerification, request.allowCredentials],
    ['vault.example.com', 'required', [descriptor]],
  )
})

const CASES: readonly (readonly [name: string, deviation: Deviation, reason: RegExp])[] = [
  ['at another origin', { origin: 'https://vault.example.com.evil.test' }, /origin/],
  ['at the same host on another port', { origin: 'https://vault.example.com' }, /origin/],
  ['over plain HTTP', { origin: 'http://vault.example.com:8443' }, /origin/],
  ['for another relying party', { rpId: 'evil.test' }, /RP ID/],
  ['for the domain above', { rpId: 'example.com' }, /RP ID/],
  ['for another challenge', { challenge: 'AAAA' }, /challenge/],
  ['without verifying the person', { isUserVerified: false }, /verification (?:was )?required/],
  ['without anybody there', { isUserPresent: false }, /not present|presence/i],
  ['in a frame of another page', { crossOrigin: true }, /frame of another page/],
]

for (const [name, deviation, reason] of CASES) {
  test(`\`passkey\`: one that was made ${name} is refused`, async () => {
    await assertRefused(enrol(softAuthenticator({ origin: ORIGIN }), deviation), reason)
  })

  test(`\`passkey\`: one that was used ${name} is refused`, async () => {
    const device = softAuthenticator({ origin: ORIGIN })
    const made = await enrol(device)
    await assertRefused(prove(device, [made], deviation), reason)
  })
}

test('`passkey`: what was asked for making one proves none, and the other way round', async () => {
  const device = softAuthenticator({ origin: ORIGIN })
  await assertRefused(enrol(device, { type: 'webauthn.get' }), /type/)
  const made = await enrol(device)
  await assertRefused(prove(device, [made], { type: 'webauthn.create' }), /type/)
})

test('`passkey`: a signature that was altered, and one by another key, are refused', async () => {
  const [device, other] = [
    softAuthenticator({ origin: ORIGIN }),
    softAuthenticator({ origin: ORIGIN }),
  ]
  const made = await enrol(device)
  const tamper = (signature: Buffer): Buffer => {
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1)
    return signature
  }
  await assertRefused(prove(device, [made], { tamper }), /./)
  const { publicKey } = await enrol(other)
  await assertRefused(prove(device, [{ ...made, publicKey }]), /does not verify/)
})

test('`passkey`: the passkey of another person is refused', async () => {
  const [hers, his] = [softAuthenticator({ origin: ORIGIN }), softAuthenticator({ origin: ORIGIN })]
  const made = await enrol(hers)
  await assertRefused(prove(his, [made]), /none of this person/)
})

test('`passkey`: a counter that stands still or goes back is refused', async () => {
  const device = softAuthenticator({ origin: ORIGIN })
  const made = await enrol(device)
  const clone = device.clone()
  const proven = await prove(device, [made])
  await assertRefused(prove(clone, [proven]), /counter/)
  await assertRefused(prove(device, [proven], { counter: 0 }), /counter/)
})

test('`ssrf`: what attests a device is refused before anybody looks at its certificates', async () => {
  const certificates = new Map([['x5c', [Buffer.from('a certificate')]]])
  for (const format of ['packed', 'apple', 'tpm', 'android-key', 'android-safetynet', 'fido-u2f']) {
    const attestation = { format, statement: certificates }
    const device = softAuthenticator({ origin: ORIGIN })
    await assertRefused(enrol(device, { attestation }), /attests a device/)
  }
})

test('`json-dos`: whatever else a browser sends is refused, and nothing more', async () => {
  const device = softAuthenticator({ origin: ORIGIN })
  const options = await creationOptions(ASKED, ALICE, [])
  const good = device.create(options)
  const made = await madePasskey(ASKED, good)
  const deep = Buffer.alloc(40_000, 0x81).toString('base64url')
  const clientDataJSON = Buffer.from(JSON.stringify({ type: 'webauthn.create' })).toString(
    'base64url',
  )
  const answers: readonly unknown[] = [
    undefined,
    null,
    'text',
    [],
    {},
    { ...good, id: 7 },
    { ...good, type: 'password' },
    { ...good, rawId: 'AAAA' },
    { ...good, response: null },
    { ...good, response: { clientDataJSON: '', attestationObject: '' } },
    { ...good, response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' } },
    { ...good, response: { clientDataJSON: 'bnVsbA', attestationObject: 'AAAA' } },
    { ...good, response: { clientDataJSON, attestationObject: deep } },
    { ...good, response: { clientDataJSON, authenticatorData: deep, signature: deep } },
  ]
  for (const answer of answers) {
    await assertRefused(madePasskey(ASKED, answer), /./)
    await assertRefused(provenPasskey(ASKED, [made], answer), /./)
  }
})
