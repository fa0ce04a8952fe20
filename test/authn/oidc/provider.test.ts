import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { issuerKey, jwksOf } from '../jwt/issuer.ts'
import {
  authenticatorIn,
  changed,
  CONFIGURATION,
  idToken,
  key,
  KEYS,
  metadata,
  present,
  tokenSettings,
  world,
} from './provider.ts'

const refusedWith = (code: string): { readonly code: string; readonly message: RegExp } => ({
  code: 'unauthorized',
  message: new RegExp(`^CONJ${code} `),
})

test('a provider that rotates its keys is asked for them once', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  const enter = async (token: string): Promise<unknown> =>
    authenticator.recognise(
      { account: 'acme', service: 'idp', body: Buffer.from(`id_token=${token}`), clientIp: '' },
      tokenSettings,
    )
  await enter(await idToken())
  const next = await issuerKey('ES256', 'idp-2')
  outside.pages.set(KEYS, jwksOf(next))
  const later = await idToken({}, next)
  await Promise.all([enter(later), enter(later), enter(later)])
  assert.deepEqual(outside.asked, [CONFIGURATION, KEYS, CONFIGURATION, KEYS])
  await assert.rejects(enter(await idToken()), refusedWith('00015E'))
})

/** What a provider may be that nobody can log in with. */
const BROKEN: readonly (readonly [what: string, page: string, code: string])[] = [
  [
    'that of another issuer',
    JSON.stringify({ ...metadata, issuer: 'https://evil.example' }),
    '00011E',
  ],
  ['no JSON', '<html>', '00011E'],
  ['a list', '[]', '00011E'],
  ['one without keys', JSON.stringify({ ...metadata, jwks_uri: undefined }), '00011E'],
  [
    'one with keys over plain HTTP',
    JSON.stringify({ ...metadata, jwks_uri: 'http://idp.example/keys' }),
    '00011E',
  ],
  [
    'one with a token endpoint over plain HTTP',
    JSON.stringify({ ...metadata, token_endpoint: 'http://idp.example/token' }),
    '00130E',
  ],
  [
    'one with an endpoint that is no address',
    JSON.stringify({ ...metadata, authorization_endpoint: 'javascript:alert(1)' }),
    '00130E',
  ],
  [
    'one with an endpoint that is a number',
    JSON.stringify({ ...metadata, authorization_endpoint: 7 }),
    '00130E',
  ],
  [
    'one whose keys are nowhere',
    JSON.stringify({ ...metadata, jwks_uri: 'https://idp.example/none' }),
    '00012E',
  ],
]

for (const [what, page, code] of BROKEN) {
  test(`a provider whose configuration is ${what} lets nobody in`, async () => {
    const outside = world()
    outside.pages.set(CONFIGURATION, page)
    await assert.rejects(present(outside, await idToken()), refusedWith(code))
  })
}

test('a provider that is nowhere, or has no keys, lets nobody in', async () => {
  const nowhere = world()
  nowhere.pages.clear()
  await assert.rejects(present(nowhere, await idToken()), refusedWith('00011E'))
  const empty = world()
  empty.pages.set(KEYS, '{"keys":[]}')
  await assert.rejects(present(empty, await idToken()), refusedWith('00088E'))
})

test('a provider that does not answer in time is told by its code', async () => {
  const outside = world()
  outside.pages.set(CONFIGURATION, async () => {
    const cause = new Error('the time is over', { cause: new DOMException('late', 'TimeoutError') })
    throw new Failure('unreachable', '`https://idp.example` cannot be reached', { cause })
  })
  await assert.rejects(present(outside, await idToken()), refusedWith('00010E'))
})

test('keys of one instance are of no use to another', async () => {
  const other = await issuerKey('RS256', key.kid)
  const outside = world()
  const elsewhere = 'https://other.example'
  outside.pages.set(
    `${elsewhere}/.well-known/openid-configuration`,
    JSON.stringify({ ...metadata, issuer: elsewhere, jwks_uri: `${elsewhere}/keys` }),
  )
  outside.pages.set(`${elsewhere}/keys`, jwksOf(other))
  const settings = changed(tokenSettings, { 'provider-uri': elsewhere })
  await assert.rejects(
    present(outside, await idToken({ iss: elsewhere }), settings),
    refusedWith('00015E'),
  )
  assert.ok(await present(outside, await idToken({ iss: elsewhere }, other), settings))
})
