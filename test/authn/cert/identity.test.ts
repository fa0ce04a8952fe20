import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirm, recognise, settingsOf, world } from './door.ts'
import { clientExtensions, make } from './pki.ts'
import type { Made } from './pki.ts'
import { cart, root, SETTINGS } from './scene.ts'

const rejects = (work: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(work, { code: 'unauthorized', message })

const SPIFFE = {
  ...SETTINGS,
  'host-mode': 'spiffe',
  'trust-domain': 'acme.example',
  'identity-path': '/data/apps/',
}

const withUris = (...uris: readonly string[]): Promise<Made> =>
  make({ by: root, extensions: clientExtensions(uris.map((value) => ({ type: 'url', value }))) })

test('an SVID of SPIFFE says itself which host it is, below the policy of the instance', async () => {
  const attempt = { settings: SPIFFE, login: undefined }
  const recognised = await recognise([cart], attempt)
  assert.equal(recognised.role, 'acme:host:data/apps/ns/shop/sa/cart')
  await confirm(recognised, {}, SPIFFE)
  await confirm(recognised, { 'authn-cert/vm/cn': 'cart' }, SPIFFE)
  await rejects(confirm(recognised, { 'authn-cert/vm/cn': 'till' }, SPIFFE), /^CONJ00049E /)
})

test('an SVID has exactly one URI, an id of the trust domain, spelled as SPIFFE has it', async () => {
  const attempt = { settings: SPIFFE, login: undefined }
  for (const uris of [
    [],
    ['spiffe://acme.example/a', 'spiffe://acme.example/b'],
    ['spiffe://acme.example/a', 'https://acme.example/b'],
    ['https://acme.example/a'],
    ['spiffe://acme.example'],
    ['spiffe://acme.example/'],
    ['spiffe://acme.example/a/'],
    ['spiffe://acme.example//a'],
    ['spiffe://acme.example/../a'],
    ['spiffe://acme.example/a/./b'],
    ['spiffe://acme.example/a%2fb'],
    ['spiffe://acme.example/a?b'],
    ['spiffe://acme.example/a#b'],
    ['spiffe://acme.example:443/a'],
    ['spiffe://x@acme.example/a'],
    ['spiffe://ACME.example/a'],
    ['SPIFFE://acme.example/a'],
    [`spiffe://acme.example/${'a'.repeat(2048)}`],
  ]) {
    const made = await withUris(...uris)
    await rejects(recognise([made], attempt), /^CONJ00081E /)
  }
  for (const foreign of ['spiffe://acme.example.evil/a', 'spiffe://xacme.example/a']) {
    await rejects(recognise([await withUris(foreign)], attempt), /^CONJ00049E .*trust domain/)
  }
})

test('a DNS name can say which host it is, when there is only one', async () => {
  const settings = { ...SETTINGS, 'host-mode': 'dns', 'identity-path': 'machines' }
  const named = (...names: readonly string[]): Promise<Made> =>
    make({ by: root, extensions: clientExtensions(names.map((value) => ({ type: 'dns', value }))) })
  const recognised = await recognise([await named('VM-1.acme.example')], {
    settings,
    login: undefined,
  })
  assert.equal(recognised.role, 'acme:host:machines/vm-1.acme.example')
  await confirm(recognised, {}, settings)
  for (const names of [
    [],
    ['a.example', 'b.example'],
    ['*.example'],
    ['a/b'],
    ['../b'],
    ['a..b'],
  ]) {
    await rejects(
      recognise([await named(...names)], { settings, login: undefined }),
      /^CONJ00081E /,
    )
  }
})

test('the host is named by the request or by the certificate, never by both or neither', async () => {
  await rejects(recognise([cart], { settings: SETTINGS, login: undefined }), /^CONJ00098E /)
  await rejects(recognise([cart], { settings: SPIFFE }), /^CONJ00098E /)
  for (const [missing, settings] of [
    ['trust-domain', { 'trust-domain': undefined }],
    ['identity-path', { 'identity-path': undefined }],
  ] as const) {
    const { [missing]: _, ...rest } = { ...SPIFFE, ...settings }
    await rejects(recognise([cart], { settings: rest, login: undefined }), /^CONJ00098E .*needs/)
    const declared = recognise([cart], { settings: { ...SPIFFE, ...settings }, login: undefined })
    await rejects(declared, /^CONJ00037E /)
  }
  const odd = { ...SPIFFE, 'trust-domain': 'spiffe://acme.example' }
  await rejects(
    recognise([cart], { settings: odd, login: undefined }),
    /^CONJ00098E .*trust-domain/,
  )
  const mode = { ...SPIFFE, 'host-mode': 'other' }
  await rejects(recognise([cart], { settings: mode, login: undefined }), /^CONJ00098E .*host-mode/)
})

test('the mode tells who names the host before anything is read', () => {
  const { authenticator } = world()
  assert.equal(authenticator.namedBy(settingsOf({})), 'request')
  assert.equal(authenticator.namedBy(settingsOf({ 'host-mode': 'request\n' })), 'request')
  for (const mode of ['spiffe', 'dns']) {
    assert.equal(authenticator.namedBy(settingsOf({ 'host-mode': mode })), 'proof')
  }
})
