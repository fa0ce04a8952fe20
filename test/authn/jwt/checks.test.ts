import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { authenticatorIn, settingsWith, world } from './issuer.ts'
import type { World } from './issuer.ts'

/** How each check ends: `ok`, or the code of what is wrong. */
async function resultsOf(
  settings: ReadonlyMap<string, string | undefined>,
  outside: World = world(),
): Promise<Readonly<Record<string, string>>> {
  const authenticator = authenticatorIn(outside)
  const checks = authenticator.checks?.({ account: 'acme', service: 'kube' }, settings) ?? []
  const results: Record<string, string> = {}
  for (const { name, hint, run } of checks) {
    assert.match(hint, /\w/)
    results[name] = await outcomeOf(run)
  }
  return results
}

async function outcomeOf(run: () => Promise<void> | void): Promise<string> {
  try {
    await run()
    return 'ok'
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return error.message.split(' ', 1)[0] ?? ''
  }
}

const OK = {
  'signing key settings': 'ok',
  issuer: 'ok',
  identity: 'ok',
  'enforced claims': 'ok',
  'claim aliases': 'ok',
  'clock leeway': 'ok',
  'signing keys': 'ok',
  'token review': 'ok',
}

test('an instance that is configured right passes every check', async () => {
  assert.deepEqual(await resultsOf(settingsWith({})), OK)
})

test('each mistake fails the check that is named for it', async () => {
  assert.deepEqual(
    await resultsOf(
      settingsWith({
        'token-app-property': '!',
        'enforced-claims': 'a,,b',
        'claim-aliases': 'alias',
      }),
    ),
    {
      ...OK,
      identity: 'CONJ00117E',
      'enforced claims': 'CONJ00107E',
      'claim aliases': 'CONJ00111E',
    },
  )
  const two = await resultsOf(settingsWith({ 'provider-uri': 'https://kube.example' }))
  assert.equal(two['signing key settings'], 'CONJ00122E')
  const none = await resultsOf(
    settingsWith({ 'jwks-uri': null, 'public-keys': '{}', issuer: null }),
  )
  assert.equal(none['issuer'], 'CONJ00122E')
})

test('a variable that is declared and not set fails every check that needs one', async () => {
  const results = await resultsOf(settingsWith({ audience: undefined }))
  assert.deepEqual(new Set(Object.values(results)), new Set(['CONJ00037E']))
})

test('keys that cannot be had, or are none, fail the last check', async () => {
  assert.equal((await resultsOf(settingsWith({}), world({})))['signing keys'], 'CONJ00087E')
  const text = settingsWith({ 'jwks-uri': null, 'public-keys': '{"type":"jwks"}' })
  assert.equal((await resultsOf(text))['signing keys'], 'CONJ00120E')
})

test('a check asks the issuer no more often than logins would', async () => {
  const outside = world()
  const authenticator = authenticatorIn(outside)
  for (let times = 0; times < 20; times += 1) {
    const checks = authenticator.checks?.({ account: 'acme', service: 'kube' }, settingsWith({}))
    await checks?.find(({ name }) => name === 'signing keys')?.run()
  }
  assert.equal(outside.asked.length, 1)
})
