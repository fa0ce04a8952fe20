import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { AWS_ACCOUNT, identity, roleSession, xml } from '../authn/iam/fake-sts.ts'
import { ACCOUNT, assertSilent, at, mustBe } from './harness.ts'
import {
  assertRefused,
  authenticate,
  loginOf,
  newest,
  openCloud,
  present,
  signed,
} from './iam-scene.ts'

test('a role of AWS gets a token, and the trail tells what AWS said of it', async () => {
  await using node = await openCloud()
  assert.ok(isAccessToken(mustBe(200, await authenticate(node, 'web')).json))
  const record = await newest(node)
  assert.deepEqual(
    [at(record, 'operation'), at(record, 'result'), at(record, 'user')],
    ['authenticate', 'success', `${ACCOUNT}:host:apps/${AWS_ACCOUNT}/web`],
  )
  assert.deepEqual(at(record, 'attestation'), [
    {
      attribute: 'aws.account',
      outcome: 'passed',
      statedBy: 'the id of the host',
      source: 'AWS STS',
      values: [AWS_ACCOUNT],
    },
    {
      attribute: 'aws.role',
      outcome: 'passed',
      statedBy: 'the id of the host',
      source: 'AWS STS',
      values: ['web'],
    },
  ])
})

test('a token comes in base64 for clients that ask for it, and by the same request again', async () => {
  await using node = await openCloud()
  const body = await signed(node, 'web')
  const path = `/authn-iam/prod/${ACCOUNT}/${encodeURIComponent(loginOf('web'))}/authenticate`
  for (let n = 0; n < 3; n += 1) {
    const reply = mustBe(200, await node.anyone.post(path, body, { 'Accept-Encoding': 'base64' }))
    assert.ok(isAccessToken(JSON.parse(Buffer.from(reply.text, 'base64').toString())))
    node.now += 290_000
  }
  node.now += 31_000
  await assertRefused(node, await node.anyone.post(path, body), /^CONJ00018E.*too old/)
})

test('whoever is not who they say is refused, and the reason is in the trail alone', async () => {
  await using node = await openCloud()
  const web = await signed(node, 'web')
  await assertRefused(node, await present(node, loginOf('picky'), web), /^CONJ00002E/)
  await assertRefused(node, await present(node, `host/apps/999999999999/web`, web), /^CONJ00007E/)
  await assertRefused(node, await present(node, loginOf('nobody'), web), /^CONJ00007E/)
  await assertRefused(node, await present(node, 'admin', web), /^CONJ00002E/)
  await assertRefused(node, await present(node, loginOf('web'), ''), /^CONJ00018E/)
  await assertRefused(node, await present(node, loginOf('web'), '{}'), /^CONJ00018E/)
  await assertRefused(node, await authenticate(node, 'fenced'), /IP address rejected/)
  await assertRefused(node, await present(node, loginOf('web'), web, 'off'), /^CONJ00004E/)
  await assertRefused(node, await present(node, loginOf('web'), web, 'absent'), /^CONJ00005E/)
  const stranger = await signed(node, roleSession('web', { secretAccessKey: 'stolen' }))
  await assertRefused(
    node,
    await present(node, loginOf('web'), stranger),
    /^CONJ00018E AWS does not accept the signed request: SignatureDoesNotMatch$/,
  )
  assertSilent(403, await authenticate(node, 'outsider'))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00006E/)
  mustBe(200, await present(node, loginOf('web'), web))
})

test('a host is held against each condition that it states', async () => {
  await using node = await openCloud()
  const region = { region: 'eu-central-1' }
  mustBe(200, await authenticate(node, 'picky', region))
  mustBe(200, await authenticate(node, 'picky', { region: 'eu-west-1' }))
  await assertRefused(node, await authenticate(node, 'picky'), /^CONJ00049E `aws\.region`/)
  const picky = roleSession('picky')
  for (const [changed, attribute] of [
    [{ userId: picky.userId.replace('AROA', 'AROB') }, 'aws.role.id'],
    [
      {
        arn: picky.arn.replace('i-0abc', 'alice'),
        userId: picky.userId.replace('i-0abc', 'alice'),
      },
      'aws.role.session',
    ],
  ] as const) {
    node.sts.instead = () => xml(200, identity({ ...picky, ...changed }))
    const reply = await authenticate(node, 'picky', region)
    await assertRefused(node, reply, new RegExp(`^CONJ00049E \`${attribute}\``))
  }
  node.sts.instead = undefined
  mustBe(200, await authenticate(node, 'picky', region))
})

test('`iam-response-confusion`: the account of the ARN, and not of whoever asks, names the host', async () => {
  await using node = await openCloud()
  const other = roleSession('web', {
    account: '999999999999',
    arn: 'arn:aws:sts::999999999999:assumed-role/web/i-0abc',
  })
  node.sts.callers[0] = other
  const body = await signed(node, other)
  await assertRefused(node, await present(node, loginOf('web'), body), /^CONJ00002E/)
  node.sts.instead = () => xml(200, identity({ ...other, account: AWS_ACCOUNT }))
  await assertRefused(node, await present(node, loginOf('web'), body), /^CONJ00063E/)
})

test('a user is the host that says so, and no role of that name', async () => {
  await using node = await openCloud()
  const user = roleSession('user', {
    arn: `arn:aws:iam::${AWS_ACCOUNT}:user/team/user`,
    userId: 'AIDA3XFRBF535PLBIFPI4',
  })
  node.sts.callers.splice(0, node.sts.callers.length, user)
  mustBe(200, await authenticate(node, 'user'))
  const namesake = { ...user, arn: `arn:aws:iam::${AWS_ACCOUNT}:user/web` }
  node.sts.callers[0] = namesake
  const body = await signed(node, namesake)
  await assertRefused(node, await present(node, loginOf('web'), body), /^CONJ00002E Nothing tells/)
})

test('`host-header-reroute`: headers of the request do not change what is called', async () => {
  await using node = await openCloud()
  const path = `/authn-iam/prod/${ACCOUNT}/${encodeURIComponent(loginOf('web'))}/authenticate`
  mustBe(
    200,
    await node.anyone.post(path, await signed(node, 'web'), {
      'X-Forwarded-Host': 'evil.test',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.test',
    }),
  )
  assert.equal(node.sts.asked[0]?.url.origin, 'https://sts.us-east-1.amazonaws.com')
  assert.doesNotMatch(JSON.stringify(node.sts.asked), /evil/)
})

test('the settings of an instance decide what is accepted', async () => {
  await using node = await openCloud()
  await node.load(
    '- !policy { id: conjur/authn-iam/prod, body: [!variable regions, !variable server-id, !variable optional-signed-headers, !variable single-use] }',
  )
  await assertRefused(node, await authenticate(node, 'web'), /^CONJ00037E/)
  const set = (name: string, value: string): Promise<void> =>
    node.set(`conjur/authn-iam/prod/${name}`, value)
  await set('regions', 'eu-central-1')
  await set('server-id', 'strongroom.example')
  await set('optional-signed-headers', 'x-trace')
  await set('single-use', 'true')
  const options = {
    region: 'eu-central-1',
    headers: { 'x-strongroom-server-id': 'strongroom.example', 'x-trace': '1' },
  }
  const body = await signed(node, 'web', options)
  mustBe(200, await present(node, loginOf('web'), body))
  await assertRefused(node, await present(node, loginOf('web'), body), /used before/)
  node.now += 1000
  const { region, headers } = options
  await assertRefused(node, await authenticate(node, 'web', { headers }), /not among the regions/)
  await assertRefused(node, await authenticate(node, 'web', { region }), /server-id/)
  mustBe(200, await authenticate(node, 'web', options))
})
