import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readListsHere } from '#authn/cert/revocation-list.ts'
import { loadX509 } from '#crypto/x509-library.ts'
import { recognise, world } from './door.ts'
import type { World } from './door.ts'
import {
  clientExtensions,
  DAY,
  listPem,
  make,
  makeAuthority,
  makeList,
  newKeys,
  NOW,
  rsa,
  usages,
} from './pki.ts'
import type { ListWish, Made } from './pki.ts'

const x509 = await loadX509()

const root = await makeAuthority()
const middle = await makeAuthority({ subject: 'CN=middle', by: root, serialNumber: '0300' })
const good = await make({ by: middle, serialNumber: '0100' })
const bad = await make({ by: middle, serialNumber: '0200' })

const BUNDLE = { 'ca-cert': root.pem + middle.pem }
const URL = 'http://pki.example/middle.crl'
const BY_URL = { ...BUNDLE, 'crl-url': URL }

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, { code: 'unauthorized', message })

const show = (made: Made, settings: Readonly<Record<string, string | undefined>>, place?: World) =>
  recognise([made], { settings, ...(place === undefined ? {} : { in: place }) })

const withList = async (
  by: Made,
  wish: ListWish = {},
): Promise<Readonly<Record<string, string>>> => ({
  ...BUNDLE,
  crl: listPem(await makeList(by, wish)),
})

test('a certificate that its authority has revoked is refused, one that it has not is good', async () => {
  const settings = await withList(middle, { revoked: ['0200', '0300'] })
  await show(good, settings)
  await rejects(show(bad, settings), /^CONJ00030E .*it is revoked/)
})

test('the list is read as PEM, several of them, in base64, and as bytes', async () => {
  const der = await makeList(middle, { revoked: ['0200'] })
  const base64 = Buffer.from(der).toString('base64')
  await rejects(show(bad, { ...BUNDLE, crl: base64 }), /revoked/)
  const two = `of the root:\n${listPem(await makeList(root))}of the other:\n${listPem(der)}`
  await rejects(show(bad, { ...BUNDLE, crl: two }), /revoked/)
  await show(good, { ...BUNDLE, crl: two })
  const lists = await readListsHere({ bytes: der, authorities: [root.der, middle.der] })
  assert.deepEqual(
    lists.map(({ thisUpdate, nextUpdate, serials }) => [thisUpdate, nextUpdate, [...serials]]),
    [[NOW - DAY, NOW + DAY, ['200']]],
  )
})

test('numbers with zeros in front, and high ones, are the same number', async () => {
  for (const serialNumber of [
    '01',
    '00c8',
    '7fffffffffffffffffffffffffffffffffffffff',
    '00ff00ff00',
  ]) {
    const made = await make({ by: middle, serialNumber })
    await rejects(show(made, await withList(middle, { revoked: [serialNumber] })), /revoked/)
    await show(made, await withList(middle, { revoked: [`${serialNumber}00`] }))
  }
})

test('`cert-auth`: an authority of the path that was revoked takes all below it along', async () => {
  const der = [await makeList(root, { revoked: ['0300'] }), await makeList(middle)]
  const settings = { ...BUNDLE, crl: der.map(listPem).join('') }
  await rejects(show(good, settings), /authority of its path is revoked/)
})

test('without a current list of the authority that signed the client nobody is good', async () => {
  await rejects(show(good, await withList(root)), /no current revocation list of `CN=middle`/)
  await rejects(show(good, await withList(middle, { from: -3, until: -1 })), /no current/)
  await rejects(show(good, await withList(middle, { from: 1, until: 3 })), /no current/)
  const old = [
    await makeList(middle, { from: -3, until: -1, revoked: ['0200'] }),
    await makeList(middle),
  ]
  const settings = { ...BUNDLE, crl: old.map(listPem).join('') }
  await show(good, settings)
  await rejects(show(bad, settings), /revoked/)
  const oldRoot = [await makeList(root, { from: -3, until: -1 }), await makeList(middle)]
  await rejects(show(good, { ...BUNDLE, crl: oldRoot.map(listPem).join('') }), /no current/)
})

test('an authority that only the client shows has no list, since none of the bundle signed it', async () => {
  const settings = { 'ca-cert': root.pem, crl: listPem(await makeList(middle)) }
  await rejects(recognise([good, middle], { settings }), /signed by none of the authorities/)
})

/** Every way in which a list is none. */
const MALFORMED: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  'no list': async () => Buffer.from('no list'),
  'a certificate': async () => root.der,
  'signed by a stranger of the same name': async () =>
    makeList(await makeAuthority({ subject: 'CN=middle' })),
  'said to be of another authority': () => makeList(middle, { issuer: 'CN=root' }),
  'signed with SHA-1': () => makeList(middle, { hash: 'SHA-1' }),
  'without a next one': () => makeList(middle, { until: null }),
  'of a part only': () =>
    makeList(middle, {
      extensions: [new x509.Extension('2.5.29.28', true, Buffer.from('3000', 'hex'))],
    }),
  'changed in one byte': async () => {
    const der = Buffer.from(await makeList(middle, { revoked: ['0200'] }))
    const at = der.indexOf(Buffer.from('0200', 'hex'))
    der.writeUInt8(der.readUInt8(at) ^ 1, at)
    return der
  },
  'cut short': async () => (await makeList(middle)).subarray(0, -10),
}

for (const [what, made] of Object.entries(MALFORMED)) {
  test(`a list that is malformed makes nobody good: ${what}`, async () => {
    const place = world()
    place.pages.set(URL, await made())
    await rejects(show(good, BY_URL, place), /^CONJ00030E The revocation list /)
    assert.equal(place.reads, 1)
  })
}

test('an authority that may not sign lists, or whose key is too weak, has none', async () => {
  const flags = x509.KeyUsageFlags
  const silent = await makeAuthority({
    extensions: [new x509.BasicConstraintsExtension(true), usages(flags.keyCertSign)],
  })
  const read = (by: Made, der: Uint8Array): Promise<unknown> =>
    readListsHere({ bytes: der, authorities: [by.der] })
  await rejects(read(silent, await makeList(silent)), /signed by none/)
  const weak = await makeAuthority({ keys: await newKeys(rsa(1024)) })
  await rejects(read(weak, await makeList(weak)), /signed by none/)
  const strong = await makeAuthority({ keys: await newKeys(rsa(2048)) })
  await readListsHere({ bytes: await makeList(strong), authorities: [strong.der] })
})

test('a list at a URL is fetched once, and again when it is ten minutes old or over', async () => {
  const place = world()
  place.pages.set(URL, await makeList(middle, { revoked: ['0200'] }))
  await Promise.all([show(good, BY_URL, place), show(good, BY_URL, place)])
  await rejects(show(bad, BY_URL, place), /revoked/)
  assert.deepEqual(place.asked, [URL])
  place.now += 599_999
  await show(good, BY_URL, place)
  assert.equal(place.asked.length, 1)
  place.pages.set(URL, await makeList(middle, { revoked: ['0100'] }))
  place.now += 1
  await rejects(show(good, BY_URL, place), /revoked/)
  await show(bad, BY_URL, place)
  assert.equal(place.asked.length, 2)
})

test('a list that its authority has not renewed counts as long as it says, however often its place fails', async () => {
  const place = world()
  const current = await makeList(middle, { revoked: ['0200'], until: 0.02 })
  place.pages.set(URL, current)
  await show(good, BY_URL, place)
  place.pages.delete(URL)
  place.now += 600_000
  await show(good, BY_URL, place)
  await rejects(show(bad, BY_URL, place), /revoked/)
  // A failure is not tried again at once.
  assert.equal(place.asked.length, 2)
  place.now = NOW + 0.021 * DAY
  await rejects(show(good, BY_URL, place), /no current revocation list/)
  assert.equal(place.asked.length, 3)
})

test('a place that hangs holds up nobody who has a list, and others until it answers', async () => {
  const place = world()
  place.pages.set(URL, await makeList(middle, { revoked: ['0200'] }))
  await show(good, BY_URL, place)
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  place.gate = answered
  place.now += 600_000
  await show(good, BY_URL, place)
  await rejects(show(bad, BY_URL, place), /revoked/)
  assert.equal(place.asked.length, 2)
  answer()
})

test('a list that cannot be had makes nobody good, and is asked for again after half a minute', async () => {
  const place = world()
  await rejects(show(good, BY_URL, place), /^CONJ00030E The revocation list cannot be fetched/)
  await rejects(show(good, BY_URL, place), /cannot be fetched/)
  assert.equal(place.asked.length, 1)
  place.pages.set(URL, await makeList(middle))
  place.now += 30_000
  await show(good, BY_URL, place)
})

test('nobody without a trusted certificate makes the server fetch a list', async () => {
  const place = world()
  const stranger = await make({ by: await makeAuthority({ subject: 'CN=middle' }) })
  await rejects(show(stranger, BY_URL, place), /^CONJ00030E .*no authority/)
  await rejects(recognise([], { settings: BY_URL, in: place }), /^CONJ00029E /)
  assert.deepEqual(place.asked, [])
})

test('`cache-tenancy`: a list is of one instance, and is forgotten when its place or its authorities change', async () => {
  const place = world()
  place.pages.set(URL, await makeList(middle))
  await show(good, BY_URL, place)
  await recognise([good], { settings: BY_URL, in: place, service: 'other' })
  assert.equal(place.asked.length, 2)
  const twin = await makeAuthority({ subject: 'CN=middle', by: root })
  const below = await make({ by: twin, extensions: clientExtensions() })
  const changed = { ...BY_URL, 'ca-cert': root.pem + twin.pem }
  await rejects(show(below, changed, place), /signed by none/)
  assert.equal(place.asked.length, 3)
})

test('a list in a variable is read once, whoever comes', async () => {
  const place = world()
  const settings = await withList(middle)
  await show(good, settings, place)
  place.now += DAY / 2
  await rejects(show(good, settings, place), /^CONJ00032E /)
  place.now = NOW + 1000
  await show(good, settings, place)
  assert.equal(place.reads, 1)
})

test('there is one place for lists, not two, and an instance that names none asks for none', async () => {
  const both = { ...(await withList(middle)), 'crl-url': URL }
  await rejects(show(good, both), /^CONJ00122E /)
  await show(good, BUNDLE)
})
