import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNamed, parseHostRule } from '#authn/host-rules.ts'
import { createOutbound } from '#authn/outbound.ts'
import { proxyFor } from '#authn/proxy.ts'

const isAllowed = (rule: string, url: string): boolean =>
  isNamed([parseHostRule(rule)], new URL(url), 'kubernetes')

test('a rule names a host at a port or at any, and what is below a name', () => {
  for (const [rule, yes, no] of [
    ['kube.example', 'https://kube.example:6443/x', 'https://a.kube.example/'],
    ['kube.example:443', 'https://kube.example/', 'https://kube.example:6443/'],
    ['KUBE.example:80', 'http://kube.example/', 'https://kube.example/'],
    ['*.example', 'https://a.b.example/', 'https://example/'],
    ['*.example', 'https://a.example/', 'https://aexample/'],
    ['10.96.0.1:443', 'https://10.96.0.1/', 'https://10.96.0.1.evil.example/'],
    ['[fd00::1]:443', 'https://[fd00::1]/', 'https://[fd00::2]/'],
  ] as const) {
    assert.ok(isAllowed(rule, yes), `${rule} ${yes}`)
    assert.equal(isAllowed(rule, no), false, `${rule} ${no}`)
  }
})

test('a rule is for one purpose, or for all', () => {
  assert.ok(isAllowed('kubernetes=kube.example', 'https://kube.example/'))
  assert.equal(isAllowed('signing-keys=kube.example', 'https://kube.example/'), false)
})

test('what is no rule is refused', () => {
  for (const text of [
    '',
    'a b',
    'https://kube.example',
    'kube.example/x',
    '*',
    'a.*.b',
    'other=x',
    'x:y',
  ]) {
    assert.throws(() => parseHostRule(text), { code: 'argument_error' }, text)
  }
})

test('`ssrf`: where hosts are listed, no other is called, and none for another purpose', async () => {
  const outbound = createOutbound({
    allow: [],
    only: ['signing-keys=issuer.example', 'kubernetes=10.96.0.1:443'].map(parseHostRule),
    resolve: async (hostname) => Promise.reject(new Error(`${hostname} was looked up`)),
  })
  const headers = {}
  for (const [url, purpose] of [
    ['https://other.example/', 'signing-keys'],
    ['https://issuer.example/', 'kubernetes'],
    ['https://10.96.0.1:6443/', 'kubernetes'],
    ['https://issuer.example.evil.example/', 'signing-keys'],
  ] as const) {
    const request = outbound.send(url, { purpose, headers })
    await assert.rejects(request, { code: 'forbidden', message: /not among the hosts/ }, url)
  }
  await assert.rejects(outbound.get('https://issuer.example/', { purpose: 'signing-keys' }), {
    code: 'unreachable',
  })
})

test('calls go through a proxy, but for the hosts that are excepted', () => {
  const url = new URL('http://proxy.example:3128')
  const except = ['.svc', 'kube.example', 'port.example:8443', '10.0.0.0/8', 'fd00::/8', 'not/cidr']
  const proxy = { url, except }
  for (const direct of [
    'https://kube.example/',
    'https://a.kube.example/',
    'https://kubernetes.default.svc/',
    'https://port.example:8443/',
    'https://10.96.0.1/',
    'https://[fd00::1]/',
  ]) {
    assert.equal(proxyFor(proxy, new URL(direct)), undefined, direct)
  }
  for (const proxied of [
    'https://xkube.example/',
    'https://port.example/',
    'https://11.0.0.1/',
    'https://svc.example/',
  ]) {
    assert.equal(proxyFor(proxy, new URL(proxied)), url, proxied)
  }
  assert.equal(proxyFor({ url, except: ['*'] }, new URL('https://x.example/')), undefined)
  assert.equal(proxyFor(undefined, new URL('https://x.example/')), undefined)
})

test('`ssrf`: a proxy is not asked for this machine or for metadata services', async () => {
  const proxy = { url: new URL('http://127.0.0.1:1'), except: [] }
  const outbound = createOutbound({ allow: [], proxy })
  for (const host of [
    '127.0.0.1',
    '[::1]',
    '[::ffff:169.254.169.254]',
    '169.254.169.254',
    'localhost',
    'a.localhost',
    'LOCALHOST.',
    'metadata.google.internal',
    'metadata',
  ]) {
    const asked = outbound.get(`https://${host}/`, { purpose: 'signing-keys' })
    await assert.rejects(asked, { code: 'forbidden' }, host)
  }
})
