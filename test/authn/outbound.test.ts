import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHostRule } from '#authn/host-rules.ts'
import { createOutbound } from '#authn/outbound.ts'

/** Refuses to look anything up: for calls that end before. */
const noLookup = (hostname: string): Promise<never> =>
  Promise.reject(new Error(`${hostname} was looked up`))

const resolving =
  (...addresses: readonly string[]) =>
  async (): Promise<readonly { readonly address: string; readonly family: number }[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

const forbidden = { code: 'forbidden' }

const keys = { purpose: 'signing-keys' } as const

test('`ssrf`: only HTTP and HTTPS are spoken', async () => {
  const outbound = createOutbound({ allow: [], resolve: noLookup })
  for (const url of [
    'file:///etc/passwd',
    'ftp://kube.example/',
    'gopher://kube.example/',
    'data:application/json,{}',
    'unix:/var/run/docker.sock',
    'kube.example/keys',
    '',
    'https://',
  ]) {
    await assert.rejects(outbound.get(url, keys), forbidden, url)
  }
})

test('`ssrf`: credentials in a URL are refused, and not repeated', async () => {
  const outbound = createOutbound({ allow: [], resolve: noLookup })
  for (const url of ['https://CANARY@kube.example/', 'https://u:CANARY@kube.example/']) {
    await assert.rejects(
      outbound.get(url, keys),
      (error) => error instanceof Error && 'code' in error && !/CANARY/.test(error.message),
    )
  }
})

test('`ssrf`: an address is judged however it is written', async () => {
  const outbound = createOutbound({ allow: [], resolve: noLookup })
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '①②⑦.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '0',
    '[fd00:ec2::254]',
  ]) {
    await assert.rejects(outbound.get(`http://${host}/latest/meta-data/`, keys), forbidden, host)
  }
})

test('`ssrf`: a name is judged by every address that it has', async () => {
  for (const addresses of [
    ['127.0.0.1'],
    ['::1'],
    ['169.254.169.254'],
    ['10.0.0.1', '127.0.0.1'],
    ['2606:4700::1111', '::ffff:169.254.169.254'],
  ]) {
    const outbound = createOutbound({ allow: [], resolve: resolving(...addresses) })
    await assert.rejects(outbound.get('https://kube.example/keys', keys), forbidden)
  }
})

test('an exception is for one host and one port', async () => {
  const outbound = createOutbound({
    allow: ['kube.example:8443', '127.0.0.1:8443'].map(parseHostRule),
    resolve: resolving('127.0.0.1'),
  })
  for (const url of [
    'https://kube.example/',
    'https://kube.example:8444/',
    'https://kube.example.evil.example:8443/',
    'https://kube.example.:8443/',
    'https://xkube.example:8443/',
    'https://127.0.0.2:8443/',
  ]) {
    await assert.rejects(outbound.get(url, keys), forbidden, url)
  }
})

test('a name that has no address, or cannot be looked up, is unreachable', async () => {
  for (const resolve of [resolving(), noLookup]) {
    const outbound = createOutbound({ allow: [], resolve })
    await assert.rejects(outbound.get('https://kube.example/keys?CANARY', keys), (error) => {
      assert.ok(error instanceof Error && 'code' in error)
      assert.equal(error.code, 'unreachable')
      assert.equal(error.message, '`https://kube.example` cannot be reached')
      return true
    })
  }
})

test('a look-up that takes too long is given up', async () => {
  const outbound = createOutbound({
    allow: [],
    timeoutMs: 20,
    resolve: () => new Promise(() => {}),
  })
  await assert.rejects(outbound.get('https://kube.example/keys', keys), { code: 'unreachable' })
})

test('what proves who we are goes out over TLS alone, whatever the exceptions say', async () => {
  const outbound = createOutbound({
    allow: ['sts.example:80'].map(parseHostRule),
    resolve: noLookup,
  })
  const headers = { Authorization: 'AWS4-HMAC-SHA256 CANARY' }
  const request = { purpose: 'issuers', method: 'POST', headers, body: Buffer.from('x') } as const
  await assert.rejects(outbound.send('http://sts.example/', request), {
    ...forbidden,
    message: '`sts.example` is not called without TLS',
  })
})

test('`ssrf`: what is sent obeys the rules of what is fetched', async () => {
  const outbound = createOutbound({ allow: [], resolve: resolving('169.254.169.254') })
  const request = { purpose: 'issuers', headers: {}, body: Buffer.from('x') } as const
  for (const url of [
    'https://sts.example/',
    'https://127.0.0.1/',
    'https://u:p@sts.example/',
    'ftp://x/',
  ]) {
    await assert.rejects(outbound.send(url, request), forbidden, url)
  }
})
