import assert from 'node:assert/strict'
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
