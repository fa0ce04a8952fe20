import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm, recognise } from './door.ts'
import type { Attempt } from './door.ts'
import { clientExtensions, make } from './pki.ts'
import { cart, fingerprint, middle, root, SETTINGS } from './scene.ts'

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, { code: 'unauthorized', message })

/** Enough to say which certificate is meant. */
const TOLD = { 'strongroom/attest/authn-cert/vm/cert.dns': 'cart' }

/** Everything that a host can state of its certificate, with what fits {@link cart} and something that does not. */
const STATED: readonly (readonly [annotation: string, fits: string, other: string])[] = [
  ['authn-cert/vm/san-uri', 'spiffe://acme.example/ns/shop/sa/cart', 'spiffe://acme.example/x'],
  ['authn-cert/vm/san-dns', 'cart, CART.shop.example', 'cart, till.shop.example'],
  ['authn-cert/vm/san-dns', '*.shop.example', '*.till.example'],
  ['authn-cert/vm/san-dns', '*rt.shop.example', '*ill.shop.example'],
  ['authn-cert/vm/san-ip', '10.1.2.3,2001:DB8:0::1', '10.1.2.4'],
  ['authn-cert/vm/cn', 'cart', 'Cart'],
  ['authn-cert/san-ip', '10.1.2.3', '10.1.2.4'],
  [
    'strongroom/attest/cert.spiffe-id',
    'glob:spiffe://acme.example/ns/shop/**',
    'glob:spiffe://*/x',
  ],
  ['strongroom/attest/cert.uri', 'spiffe://acme.example/ns/shop/sa/cart', 'spiffe://acme.example/'],
  ['strongroom/attest/cert.dns', '["cart","till"]', 'till'],
  ['strongroom/attest/cert.ip', '10.1.2.3', '10.1.2.4'],
  ['strongroom/attest/cert.email', 'cart@acme.example', 'till@acme.example'],
  ['strongroom/attest/cert.subject', 'CN=cart, OU=shop, OU=web, O=acme', 'CN=cart'],
  ['strongroom/attest/authn-cert/vm/cert.subject.ou', 'web', 'shop,web'],
  ['strongroom/attest/cert.issuer', 'CN=middle, O=acme', 'CN=root'],
  ['strongroom/attest/cert.issuer-fingerprint', fingerprint(middle), fingerprint(root)],
  ['strongroom/attest/cert.serial', '0a0b', '0a0c'],
  ['strongroom/attest/cert.fingerprint', fingerprint(cart), fingerprint(root)],
]

for (const [annotation, fits, other] of STATED) {
  test(`what a host states is held against its certificate: ${annotation} ${fits.slice(0, 30)}`, async () => {
    const recognised = await recognise([cart], { settings: SETTINGS })
    await confirm(recognised, { ...TOLD, [annotation]: fits }, SETTINGS)
    await rejects(confirm(recognised, { ...TOLD, [annotation]: other }, SETTINGS), /^CONJ00049E /)
  })
}

test('an annotation that no certificate could meet, or that is not known, is refused', async () => {
  const recognised = await recognise([cart], { settings: SETTINGS })
  for (const [name, value] of [
    ['san-dns', 'cart.*'],
    ['san-dns', '*.example'],
    ['san-dns', '**.shop.example'],
    ['san-dns', 'ca*rt.shop.example'],
    ['san-dns', 'cart,'],
    ['san-dns', 'cart shop'],
    ['san-dns', 'a..b'],
    ['san-uri', 'cart'],
    ['san-uri', 'spiffe://acme.example/*'],
    ['san-uri', 'https://*.example/x'],
    ['san-uri', 'https://shop.example/a*'],
    ['san-uri', 'https://shop.example/**'],
    ['san-ip', '10.1.2'],
    ['san-ip', '10.1.2.*'],
    ['san-ip', '10.1.2.0/24'],
    ['cn', '*'],
    ['cn', 'Alice *'],
    ['san-dns', `*.${'a'.repeat(250)}.shop.example`],
  ]) {
    const stated = { ...TOLD, [`authn-cert/vm/${name}`]: value ?? '' }
    await rejects(confirm(recognised, stated, SETTINGS), /^CONJ00119E /)
  }
  const unknown = { ...TOLD, 'authn-cert/vm/san-other': 'x' }
  await rejects(confirm(recognised, unknown, SETTINGS), /^CONJ00050E /)
  await confirm(recognised, { ...TOLD, 'authn-cert/other/san-dns': 'till' }, SETTINGS)
})

test('an asterisk stands for one label of a name, and for one segment of a path', async () => {
  const names = clientExtensions([
    { type: 'dns', value: 'a.b.shop.example' },
    { type: 'url', value: 'https://shop.example/a/b/c' },
  ])
  const made = await make({ subject: 'CN=a.b.shop.example', by: root, extensions: names })
  const recognised = await recognise([made], { settings: SETTINGS })
  for (const [name, value, isMet] of [
    ['san-dns', '*.b.shop.example', true],
    ['san-dns', '*.*.shop.example', true],
    ['san-dns', '*.shop.example', false],
    ['san-uri', 'https://shop.example/a/*/c', true],
    ['san-uri', 'https://shop.example/*', false],
    ['cn', '*.b.shop.example', true],
    ['cn', '*.shop.example', false],
  ] as const) {
    const stated = {
      'strongroom/attest/cert.dns': 'a.b.shop.example',
      [`authn-cert/vm/${name}`]: value,
    }
    const confirmed = confirm(recognised, stated, SETTINGS)
    if (isMet) await confirmed
    else await rejects(confirmed, /^CONJ00049E /)
  }
})

test('what the variables demand of all certificates is demanded whoever comes', async () => {
  const demand = (name: string, value: string): Attempt => ({
    settings: { ...SETTINGS, [name]: value },
  })
  for (const [name, fits, other] of [
    ['san-uri', 'spiffe://acme.example/ns/shop/sa/cart', 'https://acme.example/*'],
    ['san-dns', 'cart,*.shop.example', 'cart,*.till.example'],
    ['san-ip', '10.1.2.3', '10.1.2.3,10.1.2.4'],
    ['cn', 'cart', '*.shop.example'],
  ] as const) {
    await recognise([cart], demand(name, fits))
    await rejects(recognise([cart], demand(name, other)), /^CONJ00049E .*the variable/)
  }
  await rejects(recognise([cart], demand('san-ip', '10.1.2.*')), /^CONJ00119E /)
})
