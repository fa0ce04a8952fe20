import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  exportPrivateKey,
  generateSigningKey,
  importPrivateKey,
  importPublicKey,
} from '#crypto/signing-key.ts'

test('a generated signing key is RSA-2048 and comes back from what storage keeps of it', async () => {
  const made = await generateSigningKey()
  assert.equal(made.privateKey.asymmetricKeyType, 'rsa')
  assert.equal(made.privateKey.asymmetricKeyDetails?.modulusLength, 2048)
  assert.match(made.kid, /^[0-9a-f]{64}$/)
  assert.equal(importPublicKey(made.publicKeyPem).kid, made.kid)
  const again = importPrivateKey(exportPrivateKey(made.privateKey))
  assert.equal(again.kid, made.kid)
  assert.ok(again.privateKey.equals(made.privateKey))
})
