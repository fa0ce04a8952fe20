import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { AWS_ACCOUNT, identity, roleSession, xml } from '../authn/iam/fake-sts.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, mustBe } from './harness.ts'
import { assertRefused, authenticate, loginOf, openCloud, present, signed } from './iam-scene.ts'

test('a service that is down or hangs is a refusal like others, and holds up nobody who does not ask it', async () => {
  await using node = await openCloud()
  node.sts.instead = () => Promise.reject(new Failure('forbidden', 'not one that may be called'))
  await assertRefused(node, await authenticate(node, 'web'), /^CONJ00063E/)
  const hanging = Promise.withResolvers<never>()
  const reached = Promise.withResolvers<void>()
  let waiting = 0
  node.sts.instead = ({ url }) => {
    if (url.host !== 'sts.us-east-1.amazonaws.com') return xml(200, identity(roleSession('web')))
    waiting += 1
    if (waiting === 50) reached.resolve()
    return hanging.promise
  }
  const stuck = Array.from({ length: 50 }, () => authenticate(node, 'web'))
  await reached.promise
  mustBe(200, await authenticate(node, 'web', { region: 'eu-central-1' }))
  mustBe(200, await node.anyone.post(`/authn/${ACCOUNT}/admin/authenticate`, node.adminKey))
  hanging.reject(new Failure('unreachable', 'it does not answer in time'))
  for (const reply of await Promise.all(stuck)) assertSilent(401, reply)
})

test('too many who wait for a service are told to come again', async () => {
  await using node = await openCloud()
  node.sts.instead = () => Promise.reject(new Failure('unavailable', 'too many calls waiting'))
  mustBe(503, await authenticate(node, 'web'))
})

test('the status tells whether AWS STS can be asked, which it has in Conjur not', async () => {
  await using node = await openCloud()
  const status = async (): Promise<Reply> =>
    (await node.as('viewer')).get(`/authn-iam/prod/${ACCOUNT}/status`)
  assert.deepEqual(mustBe(200, await status()).json, { status: 'ok' })
  node.sts.instead = () => Promise.reject(new Failure('unreachable', 'it hangs at 10.0.0.1'))
  const down = mustBe(500, await status())
  assert.match(down.text, /CONJ00063E sts\.amazonaws\.com cannot be asked/)
  assert.match(down.text, /set regions to those that clients sign for/)
  assert.doesNotMatch(down.text, /10\.0\.0\.1/)
  await node.load('- !variable conjur/authn-iam/prod/single-use')
  await node.set('conjur/authn-iam/prod/single-use', 'maybe')
  assert.match(mustBe(500, await status()).text, /single-use is neither true nor false/)
})

test('why a host is recognised or not can be asked', async () => {
  await using node = await openCloud()
  const explain = async (proof?: string): Promise<Reply> =>
    (await node.as('viewer')).post(
      `/authn-iam/prod/${ACCOUNT}/explain`,
      JSON.stringify({ role: `host:apps/${AWS_ACCOUNT}/web`, proof }),
      { 'Content-Type': 'application/json' },
    )
  const unproven = mustBe(200, await explain()).json
  assert.equal(at(unproven, 'outcome'), 'unproven')
  assert.match(JSON.stringify(at(unproven, 'conditions')), /aws\.account.*aws\.role/)
  const good = mustBe(200, await explain(await signed(node, 'web'))).json
  assert.equal(at(good, 'outcome'), 'recognised')
  assert.match(JSON.stringify(at(good, 'attributes')), /"aws\.role\.session","values":\["i-0abc"\]/)
  const other = mustBe(200, await explain(await signed(node, 'picky')))
  assert.equal(at(other.json, 'outcome'), 'refused')
  assert.doesNotMatch(other.text, /CANARY/)
})

test('the v2 API makes an instance, with settings or without', async () => {
  await using node = await openCloud()
  await node.load('- !policy conjur/authn-iam', { branch: 'root' })
  const v2 = { Accept: 'application/x.secretsmgr.v2beta+json', 'Content-Type': 'application/json' }
  const make = (body: unknown): Promise<Reply> =>
    node.admin.post(`/authenticators/${ACCOUNT}`, JSON.stringify(body), v2)
  assert.equal(at(mustBe(201, await make({ type: 'aws', name: 'bare' })).json, 'data'), undefined)
  const data = {
    regions: ['eu-central-1', 'global'],
    optional_signed_headers: 'x-trace;x-other',
    server_id: 'here',
    single_use: 'true',
  }
  const made = mustBe(201, await make({ type: 'aws', name: 'full', data }))
  assert.deepEqual(at(made.json, 'data'), data)
  mustBe(422, await make({ type: 'aws', name: 'other', data: { region: 'eu-central-1' } }))
})

test('nothing that was signed is in the log or the trail', async () => {
  await using node = await openCloud()
  await authenticate(node, 'web')
  await present(node, loginOf('web'), `{"x":"CANARY"${'}'.repeat(3)}`)
  await present(
    node,
    loginOf('web'),
    await signed(node, roleSession('web', { accessKeyId: 'ASIAOTHEROTHEROTHER' })),
  )
  node.sts.instead = () => xml(200, '<x>CANARY</x>')
  await authenticate(node, 'web')
  const told = [...node.logged, JSON.stringify(await node.trail())].join('\n')
  assert.doesNotMatch(told, /CANARY|Signature=|ASIAOTHER/)
})
