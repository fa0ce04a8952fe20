import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm, recognise, settingsOf, world } from './door.ts'
import { clientExtensions, make, makeAuthority } from './pki.ts'
import { cart, fingerprint, LIKE_CART, middle, root, SETTINGS } from './scene.ts'

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, { code: 'unauthorized', message })

test('a certificate yields its names, its subject, its issuer, its number and its fingerprint', async () => {
  const recognised = await recognise([cart], { settings: SETTINGS })
  const { role } = recognised
  assert.equal(role, 'acme:host:shop/cart')
  const told = await recognised.attributes({ role, annotations: new Map(), stated: [] }, [])
  assert.ok(told.every(({ source }) => source === 'client certificate'))
  assert.deepEqual(Object.fromEntries(told.map(({ name, values }) => [name, values])), {
    'cert.spiffe-id': ['spiffe://acme.example/ns/shop/sa/cart'],
    'cert.uri': ['spiffe://acme.example/ns/shop/sa/cart'],
    'cert.dns': ['cart.shop.example', 'cart'],
    'cert.ip': ['10.1.2.3', '2001:db8::1'],
    'cert.email': ['cart@acme.example'],
    'cert.subject': ['CN=cart, OU=shop, OU=web, O=acme'],
    'cert.subject.cn': ['cart'],
    'cert.subject.ou': ['shop', 'web'],
    'cert.subject.o': ['acme'],
    'cert.issuer': ['CN=middle, O=acme'],
    'cert.issuer-fingerprint': [fingerprint(middle)],
    'cert.serial': ['0a0b'],
    'cert.fingerprint': [fingerprint(cart)],
  })
})

test('a name with what no name has in it, or of a kind that cannot be read, is refused', async () => {
  for (const value of ['cart\u0000.evil.example', 'cart shop', 'cart\n']) {
    const odd = await make({ by: root, extensions: clientExtensions([{ type: 'dns', value }]) })
    await rejects(recognise([odd], { settings: SETTINGS }), /^CONJ00030E .*characters/)
  }
})

test('a comma in a subject is not the end of a part', async () => {
  const sly = await make({
    subject: 'O=acme\\, CN\\=cart',
    by: root,
    extensions: clientExtensions([{ type: 'dns', value: 'cart' }]),
  })
  const recognised = await recognise([sly], { settings: SETTINGS })
  const stated = {
    'authn-cert/vm/san-dns': 'cart',
    'strongroom/attest/cert.subject': 'O=acme, CN=cart',
  }
  await rejects(confirm(recognised, stated, SETTINGS), /CONJ00049E `cert.subject`/)
})

test('an instance without authorities, or with ones that are none, recognises nobody', async () => {
  await rejects(recognise([cart], { settings: {} }), /^CONJ00036E .*ca-cert/)
  await rejects(recognise([cart], { settings: { 'ca-cert': undefined } }), /^CONJ00037E .*ca-cert/)
  await rejects(recognise([cart], { settings: { 'ca-cert': cart.pem } }), /^CONJ00030E /)
  const nameless = world().authenticator.recognise(
    { account: 'acme', body: new Uint8Array(), clientIp: '' },
    settingsOf(SETTINGS),
  )
  await rejects(nameless, /^CONJ00097E /)
})

test('nobody is recognised without a certificate, by one of another authority, or by what the body holds', async () => {
  await rejects(recognise([], { settings: SETTINGS }), /^CONJ00029E /)
  const foreign = await make({ ...LIKE_CART, by: await makeAuthority() })
  await rejects(recognise([foreign], { settings: SETTINGS }), /^CONJ00030E /)
  const inBody = world().authenticator.recognise(
    { account: 'acme', service: 'vm', login: 'host/x', body: Buffer.from(cart.pem), clientIp: '' },
    settingsOf(SETTINGS),
  )
  await rejects(inBody, /^CONJ00029E /)
})
