import { X509Certificate } from 'node:crypto'
import { clientExtensions, make, makeAuthority } from './pki.ts'
import type { Made, Wish } from './pki.ts'

/** A root, and below it the authority that signs machines. */
export const root: Made = await makeAuthority()
export const middle: Made = await makeAuthority({ subject: 'CN=middle,O=acme', by: root })

/** What stands in {@link cart} besides its names. */
export const LIKE_CART: Wish = {
  subject: 'CN=cart,OU=shop,OU=web,O=acme',
  by: middle,
  serialNumber: '0a0b',
}

/** A certificate with a name of every kind. */
export const cart: Made = await make({
  ...LIKE_CART,
  extensions: clientExtensions([
    { type: 'dns', value: 'Cart.shop.example' },
    { type: 'dns', value: 'cart' },
    { type: 'url', value: 'spiffe://acme.example/ns/shop/sa/cart' },
    { type: 'ip', value: '10.1.2.3' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'email', value: 'cart@acme.example' },
  ]),
})

/** An instance that trusts both authorities. */
export const SETTINGS: Readonly<Record<string, string>> = { 'ca-cert': root.pem + middle.pem }

/** The fingerprint of a certificate as an attribute has it. */
export const fingerprint = (made: Made): string =>
  new X509Certificate(made.der).fingerprint256.replaceAll(':', '').toLowerCase()
