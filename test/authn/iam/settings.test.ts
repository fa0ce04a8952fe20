import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { bodyOf, door } from './door.ts'

test('a setting that cannot be meant refuses everybody, and costs no call', async () => {
  const { sts, bring } = door()
  const body = await bodyOf()
  for (const [name, values] of Object.entries({
    'optional-signed-headers': ['a b', 'é', 'x'.repeat(65), 'a:b', 'a,b'],
    regions: ['', ',', 'us-east-1,', 'US-EAST-1', 'evil.test', 'us-east-1;eu-west-1', '*'],
    'server-id': ['a b', 'é', 'x'.repeat(256)],
    'single-use': ['yes', '1', 'TRUE'],
  })) {
    for (const value of values) {
      await assert.rejects(
        bring(body, { [name]: value }),
        { code: 'unauthorized', message: /^CONJ00037E/ },
        `${name}: ${value}`,
      )
    }
  }
  const many = Array.from({ length: 41 }, () => 'us-east-1').join(',')
  await assert.rejects(bring(body, { regions: many }), { message: /^CONJ00037E.*more than 40/ })
  assert.deepEqual(sts.asked, [])
})

test('headers that decide how a request travels, or what it asks, cannot be allowed', async () => {
  const { bring } = door()
  const body = await bodyOf()
  for (const name of [
    'accept-encoding',
    'authorization',
    'connection',
    'content-length',
    'cookie',
    'expect',
    'forwarded',
    'host',
    'keep-alive',
    'proxy-authorization',
    'te',
    'trailer',
    'Transfer-Encoding',
    'upgrade',
    'via',
    'x-amz-target',
    'x-forwarded-host',
    'x-http-method-override',
    'x-method-override',
  ]) {
    await assert.rejects(bring(body, { 'optional-signed-headers': `x-fine;${name}` }), {
      message:
        'CONJ00037E The value of optional-signed-headers names something that no client may choose',
    })
  }
})

test('an instance without a name recognises nobody', async () => {
  const { authenticator } = door()
  const proof = { account: 'acme', body: Buffer.from(await bodyOf()), clientIp: '192.0.2.1' }
  await assert.rejects(authenticator.recognise(proof, new Map()), { message: /^CONJ00097E/ })
})

const CHECKED = { account: 'acme', service: 'prod' }

/** What each check of an instance says, by its name. */
async function outcomes(
  { authenticator }: ReturnType<typeof door>,
  settings: Readonly<Record<string, string>>,
): Promise<readonly (readonly [name: string, outcome: string])[]> {
  const checks = authenticator.checks?.(CHECKED, new Map(Object.entries(settings))) ?? []
  return Promise.all(
    checks.map(async ({ name, run }) => {
      try {
        await run()
        return [name, 'ok'] as const
      } catch (error) {
        assert.ok(error instanceof Failure)
        assert.equal(error.code, 'unauthorized')
        return [name, error.message] as const
      }
    }),
  )
}

test('the status asks the services of the listed regions, unsigned, and any answer will do', async () => {
  const at = door()
  assert.deepEqual(await outcomes(at, { regions: 'eu-central-1,cn-north-1,global' }), [
    ['settings', 'ok'],
    ['AWS STS', 'ok'],
  ])
  assert.deepEqual(
    at.sts.asked.map(({ url, headers }) => [url.host, headers['authorization']]),
    [
      ['sts.eu-central-1.amazonaws.com', undefined],
      ['sts.cn-north-1.amazonaws.com.cn', undefined],
      ['sts.amazonaws.com', undefined],
    ],
  )
  await outcomes(at, {})
  assert.equal(at.sts.asked.at(-1)?.url.host, 'sts.amazonaws.com')
})

test('the status tells which service cannot be asked, and which setting is wrong', async () => {
  const at = door()
  at.sts.instead = async ({ url }) => {
    if (url.host.includes('eu-west-1')) throw new Failure('unreachable', 'it hangs')
    if (url.host.includes('eu-west-2')) return { status: 502, body: Buffer.of() }
    return { status: 403, body: Buffer.of() }
  }
  for (const region of ['eu-west-1', 'eu-west-2']) {
    assert.deepEqual(await outcomes(at, { regions: `us-east-1,${region}` }), [
      ['settings', 'ok'],
      ['AWS STS', `CONJ00063E sts.${region}.amazonaws.com cannot be asked`],
    ])
  }
  const message = 'CONJ00037E The value of single-use is neither true nor false'
  assert.deepEqual(await outcomes(at, { 'single-use': 'maybe' }), [
    ['settings', message],
    ['AWS STS', message],
  ])
})
