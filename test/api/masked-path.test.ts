import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { maskedPath } from '#api/masked-path.ts'
import { generateApiKey } from '#crypto/api-key.ts'

test('`error-canary`: what looks like a key is masked wherever it stands in a path, and nothing else is', () => {
  for (let turn = 0; turn < 100; turn += 1) {
    const key = generateApiKey()
    assert.equal(maskedPath(`/host_factory_tokens/${key}`), '/host_factory_tokens/…')
    assert.equal(maskedPath(`/x//${key}/y/${key}`), '/x//…/y/…')
  }
  for (const path of ['/', '', '/secrets/acme/variable/db%2Fpassword', '/host_factory_tokens']) {
    assert.equal(maskedPath(path), path)
  }
})

test('`error-canary`: what is a right by itself is masked in the paths of second factors', () => {
  const sealed = randomBytes(60).toString('base64url')
  assert.equal(
    maskedPath(`/mfa/acme/passkey-ceremonies/${sealed}/completion`),
    '/mfa/acme/passkey-ceremonies/…/completion',
  )
  assert.equal(
    maskedPath(`/mfa/acme/factors/totp/${sealed}/confirmation`),
    '/mfa/acme/factors/totp/…/confirmation',
  )
  for (const path of ['/mfa/acme/factors/1f0c', `/secrets/acme/variable/${'x'.repeat(80)}`]) {
    assert.equal(maskedPath(path), path)
  }
})
