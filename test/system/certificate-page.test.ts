import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { clientExtensions, make, makeAuthority } from '../authn/cert/pki.ts'
import type { Made } from '../authn/cert/pki.ts'
import { ACCOUNT, assertSilent, mustBe, openNode } from '../http/harness.ts'

const PAGE = readFileSync('docs/authenticators/authn-cert.md', 'utf8')

const section = (title: string): string =>
  PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? assert.fail(title)

const policyIn = (title: string): string =>
  /```yaml\n(?<block>[^]*?)```/.exec(section(title))?.groups?.['block'] ?? assert.fail(title)

const header = ({ pem }: Made): Readonly<Record<string, string>> => ({
  'X-SSL-Client-Certificate': encodeURIComponent(pem),
})

test('the policies and variables of the page of authn-cert do what it says', async () => {
  await using node = await openNode({
    settings: {
      authenticators: ['authn', 'authn-cert/vm', 'authn-cert/mesh'],
      certificateProxies: ['127.0.0.1'],
    },
  })
  const root = await makeAuthority()
  await node.load(policyIn('Policy'))
  await node.load(policyIn('SPIFFE'))
  await node.set('conjur/authn-cert/vm/ca-cert', root.pem)
  await node.set('conjur/authn-cert/mesh/ca-cert', root.pem)
  const rows = [...section('SPIFFE').matchAll(/^\| `(?<name>[^`]+)` *\| `(?<value>[^`]+)`/gm)]
  assert.equal(rows.length, 3)
  for (const { groups } of rows) {
    await node.set(`conjur/authn-cert/mesh/${groups?.['name']}`, groups?.['value'] ?? '')
  }
  const named = (type: 'dns' | 'url', value: string): Promise<Made> =>
    make({ by: root, extensions: clientExtensions([{ type, value }]) })
  const vm = `/authn-cert/vm/${ACCOUNT}/host%2Fvms%2Fvm-1/authenticate`
  const mesh = `/authn-cert/mesh/${ACCOUNT}/authenticate`
  const vm1 = await named('dns', 'vm-1.acme.example')
  const cart = await named('url', 'spiffe://acme.example/ns/shop/sa/cart')
  mustBe(200, await node.anyone.post(vm, '', header(vm1)))
  mustBe(200, await node.anyone.post(mesh, '', header(cart)))
  assertSilent(401, await node.anyone.post(vm, '', header(cart)))
  assertSilent(401, await node.anyone.post(mesh, '', header(vm1)))
})
