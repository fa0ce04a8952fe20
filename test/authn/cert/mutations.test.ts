import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm, recognise } from './door.ts'
import { clientExtensions, make } from './pki.ts'
import type { Wish } from './pki.ts'
import { cart, fingerprint, LIKE_CART, root, SETTINGS } from './scene.ts'

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, { code: 'unauthorized', message })

/** Names like those of {@link cart} that a host states, some of them others. */
const names = ({ dns = 'cart.shop.example', uri = 'cart', ip = '10.1.2.3' } = {}): Pick<
  Wish,
  'extensions'
> => ({
  extensions: clientExtensions([
    { type: 'dns', value: dns },
    { type: 'url', value: `spiffe://acme.example/ns/shop/sa/${uri}` },
    { type: 'ip', value: ip },
  ]),
})

/** Each is like {@link cart}, with its key, in everything that a host states but one thing. */
const MUTATIONS: Readonly<Record<string, Wish>> = {
  'another common name': { subject: 'CN=till,OU=shop,OU=web,O=acme', ...names() },
  'another unit': { subject: 'CN=cart,OU=shop,OU=net,O=acme', ...names() },
  'another issuer': { by: root, ...names() },
  'another number': { serialNumber: '0a0c', ...names() },
  'no names': {},
  'another DNS name': names({ dns: 'till.shop.example' }),
  'another URI': names({ uri: 'till' }),
  'another address': names({ ip: '10.1.2.4' }),
}

/** What a host states that means {@link cart} in every respect. */
const ALL = {
  'authn-cert/vm/cn': 'cart',
  'authn-cert/vm/san-dns': 'cart.shop.example',
  'authn-cert/vm/san-uri': 'spiffe://acme.example/ns/shop/sa/cart',
  'authn-cert/vm/san-ip': '10.1.2.3',
  'strongroom/attest/cert.issuer': 'CN=middle, O=acme',
  'strongroom/attest/cert.serial': '0a0b',
  'strongroom/attest/cert.subject.ou': 'web',
}

test('a host that states everything of its certificate is met by it', async () => {
  await confirm(await recognise([cart], { settings: SETTINGS }), ALL, SETTINGS)
  const like = await make({ ...LIKE_CART, keys: cart.keys, ...names() })
  await confirm(await recognise([like], { settings: SETTINGS }), ALL, SETTINGS)
})

for (const [what, wish] of Object.entries(MUTATIONS)) {
  test(`\`cert-auth\`: a certificate that differs in one thing is another one: ${what}`, async () => {
    const mutated = await make({ ...LIKE_CART, keys: cart.keys, ...wish })
    const recognised = await recognise([mutated], { settings: SETTINGS })
    await rejects(confirm(recognised, ALL, SETTINGS), /^CONJ00049E /)
  })
}

test('`cert-auth`: the key of a certificate is part of it: one like it with another key is another one', async () => {
  const like = await make({ ...LIKE_CART, ...names() })
  const recognised = await recognise([like], { settings: SETTINGS })
  const pinned = { 'strongroom/attest/cert.fingerprint': fingerprint(cart) }
  await confirm(await recognise([cart], { settings: SETTINGS }), pinned, SETTINGS)
  await rejects(confirm(recognised, pinned, SETTINGS), /^CONJ00049E /)
})

test("`cert-auth`: a host that states nothing but a subject, or half of issuer and number, is nobody's", async () => {
  const recognised = await recognise([cart], { settings: SETTINGS })
  await rejects(confirm(recognised, {}, SETTINGS), /^CONJ00099E /)
  for (const half of [
    { 'authn-cert/vm/cn': 'cart' },
    { 'authn-cert/cn': 'cart' },
    {
      'strongroom/attest/cert.subject.cn': 'cart',
      'strongroom/attest/cert.issuer': 'CN=middle, O=acme',
    },
    { 'strongroom/attest/cert.subject': 'CN=cart, OU=shop, OU=web, O=acme' },
    { 'strongroom/attest/cert.issuer': 'CN=middle, O=acme' },
    { 'strongroom/attest/cert.serial': '0a0b' },
  ]) {
    await rejects(confirm(recognised, half, SETTINGS), /^CONJ00057E /)
  }
  const numbered = {
    'strongroom/attest/cert.issuer': 'CN=middle, O=acme',
    'strongroom/attest/cert.serial': '0a0b',
  }
  await confirm(recognised, numbered, SETTINGS)
})
