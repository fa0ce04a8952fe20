import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authenticatorList,
  exactHostRules,
  hostRules,
  proxyUrl,
  publicUrl,
} from '#main/server/setting-values.ts'

const configuration = { code: 'configuration' }

test('authenticators of every type can be enabled, configured or not; others are told apart from them', () => {
  const names = ['authn', 'authn-jwt/kube', 'authn-oidc/okta', 'authn-k8s/a', 'authn-gcp']
  assert.deepEqual(authenticatorList(names.join(' , ')), names)
  for (const name of [
    'authn-jwt',
    'authn-gcp/x',
    'authn/x',
    'authn-foo/x',
    'authn-jwt/a/b',
    'jwt',
  ]) {
    assert.throws(() => authenticatorList(`authn,${name}`), configuration, name)
  }
})

test('hosts that may be called are told one by one, those of the surroundings with their port', () => {
  assert.deepEqual(hostRules('kubernetes=10.96.0.1:443, *.example.com'), [
    { host: '10.96.0.1', purpose: 'kubernetes', port: '443' },
    { host: '*.example.com' },
  ])
  assert.deepEqual(exactHostRules(''), [])
  assert.deepEqual(exactHostRules('localhost:8080'), [{ host: 'localhost', port: '8080' }])
  for (const text of ['localhost', '*.local:80', 'kubernetes=localhost']) {
    assert.throws(() => exactHostRules(text), configuration, text)
  }
  assert.throws(() => hostRules('https://x.example/'), configuration)
  assert.throws(() => hostRules('nothing=x.example'), {
    ...configuration,
    message: /is not one of signing-keys, oidc, kubernetes, aws, issuers/,
  })
})

test('`error-canary`: a proxy is an HTTP URL and nothing more, and is not quoted', () => {
  assert.equal(proxyUrl('http://user:p@proxy.example:3128')?.port, '3128')
  assert.equal(proxyUrl(''), undefined)
  for (const text of [
    'proxy.CANARY:3128',
    'socks://CANARY',
    'http://p/CANARY',
    'http://p?CANARY',
  ]) {
    assert.throws(
      () => proxyUrl(text),
      (error) => error instanceof Error && !/CANARY/.test(error.message),
    )
  }
})

test('the address for passkeys is an origin with a name, over TLS unless it is this machine', () => {
  for (const text of [
    'https://vault.example.com',
    'https://vault.example.com/',
    'https://vault.example.com:8443',
    'https://vault',
    'http://localhost:8080',
    'http://vault.localhost',
  ]) {
    assert.equal(publicUrl(text).origin, text.replace(/\/$/, ''))
  }
  for (const text of [
    '',
    'vault.example.com',
    'http://vault.example.com',
    'http://notlocalhost',
    'https://localhost.example.com/path',
    'https://vault.example.com/?x',
    'https://vault.example.com/#x',
    'https://user:password@vault.example.com',
    'https://192.0.2.1',
    'https://[2001:db8::1]',
    'http://127.0.0.1:8080',
    'ftp://vault.example.com',
  ]) {
    assert.throws(() => publicUrl(text), configuration, text)
  }
})
