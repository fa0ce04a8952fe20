import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { settingsOf, world } from './door.ts'
import type { World } from './door.ts'
import { DAY, listPem, makeAuthority, makeList } from './pki.ts'

const root = await makeAuthority()
const SETTINGS = { 'ca-cert': root.pem }

/** The checks that fail, with the code of why. */
async function failing(
  settings: Readonly<Record<string, string | undefined>>,
  place: World = world(),
): Promise<Readonly<Record<string, string>>> {
  const instance = { account: 'acme', service: 'vm' }
  const failed: Record<string, string> = {}
  for (const { name, run, hint } of place.authenticator.checks?.(instance, settingsOf(settings)) ??
    []) {
    assert.ok(hint.length > 0)
    try {
      await run()
    } catch (error) {
      assert.ok(error instanceof Failure)
      failed[name] = error.message.slice(0, 10)
    }
  }
  return failed
}

test('an instance that is configured well fails no check', async () => {
  assert.deepEqual(await failing(SETTINGS), {})
  const spiffe = {
    ...SETTINGS,
    'host-mode': 'spiffe',
    'trust-domain': 'acme.example',
    'identity-path': 'apps',
    'san-dns': '*.shop.example',
    crl: listPem(await makeList(root)),
  }
  assert.deepEqual(await failing(spiffe), {})
})

test('each check tells what is wrong with its settings', async () => {
  const old = await makeAuthority({ from: -10, until: -1 })
  for (const [settings, failed] of [
    [{ 'ca-cert': 'x' }, { authorities: 'CONJ00030E' }],
    [{ 'ca-cert': old.pem }, { authorities: 'CONJ00032E' }],
    [{ 'host-mode': 'spiffe' }, { identity: 'CONJ00098E' }],
    [{ 'san-dns': 'a.*' }, { 'general conditions': 'CONJ00119E' }],
    [{ crl: 'x', 'crl-url': 'https://x' }, { 'revocation lists': 'CONJ00122E' }],
    [{ crl: 'x' }, { 'revocation lists': 'CONJ00030E' }],
    [{ 'crl-url': 'https://pki.example/x' }, { 'revocation lists': 'CONJ00030E' }],
    [
      { crl: listPem(await makeList(root, { from: -2, until: -1 })) },
      { 'revocation lists': 'CONJ00030E' },
    ],
  ] as const) {
    assert.deepEqual(await failing({ ...SETTINGS, ...settings }), failed)
  }
})

test('a list is fetched by the check like by a login', async () => {
  const place = world()
  place.pages.set('https://pki.example/x', await makeList(root))
  const settings = { ...SETTINGS, 'crl-url': 'https://pki.example/x' }
  assert.deepEqual(await failing(settings, place), {})
  place.now += 2 * DAY
  assert.deepEqual(await failing(settings, place), { 'revocation lists': 'CONJ00030E' })
  assert.equal(place.asked.length, 2)
})
