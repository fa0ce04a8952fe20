import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Recognised } from '#app/authenticator.ts'
import { bodyOf, door, LOGIN, NOW, verdict } from './door.ts'
import type { Door } from './door.ts'
import { AWS_ACCOUNT, proofOf, roleSession } from './fake-sts.ts'
import type { Caller } from './fake-sts.ts'

const alice: Caller = {
  ...roleSession('alice'),
  arn: `arn:aws:iam::${AWS_ACCOUNT}:user/division/web`,
  userId: 'AIDA3XFRBF535PLBIFPI4',
}

const signedBy = async (at: Door, caller: Caller, login = LOGIN): Promise<Recognised> =>
  at.bring(await bodyOf({}, caller), {}, login)

/** Everything that is known of the session of `web`. */
const KNOWN: Readonly<Record<string, string>> = {
  'aws.account': AWS_ACCOUNT,
  'aws.partition': 'aws',
  'aws.region': 'us-east-1',
  'aws.arn': `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/web/i-0abc`,
  'aws.user-id': 'AROA3XFRBF535PLBIFPI4:i-0abc',
  'aws.role': 'web',
  'aws.role.id': 'AROA3XFRBF535PLBIFPI4',
  'aws.role.session': 'i-0abc',
}

const annotated = (
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`strongroom/attest/${name}`, value]),
  )

test('AWS vouches for what a session of a role is', async () => {
  const at = door()
  const recognised = await signedBy(at, roleSession('web'))
  const role = { role: recognised.role, annotations: new Map(), stated: [] }
  const attributes = await recognised.attributes(role, [])
  assert.deepEqual(
    attributes,
    Object.entries(KNOWN).map(([name, value]) => ({ name, values: [value], source: 'AWS STS' })),
  )
  assert.equal((await verdict(at, recognised, annotated(KNOWN))).passed, true)
})

test('a caller that differs in one thing alone is not the host', async () => {
  const web = roleSession('web')
  const { arn, userId } = web
  const others: Readonly<Record<string, readonly [caller: Caller, region?: string]>> = {
    'aws.account': [
      {
        ...web,
        account: '999999999999',
        arn: arn.replace(AWS_ACCOUNT, '999999999999'),
      },
    ],
    'aws.role': [{ ...web, arn: arn.replace('/web/', '/Web/') }],
    'aws.role.session': [
      {
        ...web,
        arn: arn.replace('i-0abc', 'i-0def'),
        userId: userId.replace('i-0abc', 'i-0def'),
      },
    ],
    'aws.role.id': [{ ...web, userId: userId.replace('AROA', 'AROB') }],
    'aws.user-id': [{ ...web, userId: userId.replace('AROA', 'AROB') }],
    'aws.arn': [{ ...web, arn: arn.replace('/web/', '/web2/') }],
    'aws.region': [web, 'eu-west-1'],
    'aws.partition': [{ ...web, arn: arn.replace('arn:aws:', 'arn:aws-us-gov:') }, 'us-gov-west-1'],
  }
  assert.deepEqual(Object.keys(others).toSorted(), Object.keys(KNOWN).toSorted())
  for (const [name, [caller, region = 'us-east-1']] of Object.entries(others)) {
    const at = door()
    at.sts.callers[0] = caller
    const recognised = await at.bring(await bodyOf({ region }, caller))
    const { passed, findings } = await verdict(at, recognised, annotated(KNOWN))
    const failed = findings.filter(({ outcome }) => outcome !== 'passed')
    assert.equal(passed, false, name)
    assert.ok(
      failed.some(({ condition }) => condition.attribute === name),
      name,
    )
  }
})

test('the id of a host alone states the account and the role', async () => {
  const at = door(roleSession('other'))
  const good = await verdict(at, await signedBy(at, roleSession('web')))
  assert.deepEqual(
    good.findings.map(({ condition, outcome }) => [
      condition.attribute,
      condition.statedBy,
      outcome,
    ]),
    [
      ['aws.account', 'the id of the host', 'passed'],
      ['aws.role', 'the id of the host', 'passed'],
    ],
  )
  const other = await verdict(at, await signedBy(at, roleSession('other')))
  assert.deepEqual(
    other.findings.map(({ condition, outcome }) => [condition.codes?.failed, outcome]),
    [
      ['CONJ00002E', 'passed'],
      ['CONJ00002E', 'failed'],
    ],
  )
})

test('a user of the name of a role is not that role, unless the host says that it is a user', async () => {
  const at = door(alice)
  const recognised = await signedBy(at, alice)
  const asRole = await verdict(at, recognised)
  assert.deepEqual(
    asRole.findings.map(({ condition, outcome }) => [condition.attribute, outcome]),
    [
      ['aws.account', 'passed'],
      ['aws.role', 'missing'],
    ],
  )
  assert.equal(
    (await verdict(at, recognised, { 'strongroom/attest/aws.user': 'web' })).passed,
    true,
  )
  assert.equal(
    (await verdict(at, recognised, { 'strongroom/attest/aws.user': 'glob:w*' })).passed,
    true,
  )
  assert.equal(
    (await verdict(at, recognised, { 'strongroom/attest/aws.user': 'alice' })).passed,
    false,
  )
  const session = await signedBy(at, roleSession('web'))
  assert.equal((await verdict(at, session, { 'strongroom/attest/aws.user': 'web' })).passed, false)
})

test('a login that cannot be that of a host which AWS knows costs no call', async () => {
  const at = door()
  const body = JSON.stringify(await proofOf(roleSession('web'), { now: NOW }))
  for (const login of [
    '',
    'alice',
    `apps/${AWS_ACCOUNT}/web`,
    `user/apps/${AWS_ACCOUNT}/web`,
    `group/apps/${AWS_ACCOUNT}/web`,
    'host/web',
    `host/${AWS_ACCOUNT}`,
    `host/apps/${AWS_ACCOUNT}/`,
    `host/apps/${AWS_ACCOUNT}/web/`,
    `host/apps/${AWS_ACCOUNT}/a/b`,
    'host/apps/1234/web',
    `host/apps/x${AWS_ACCOUNT}/web`,
    `host/apps/${AWS_ACCOUNT}/we b`,
    `host/apps/${AWS_ACCOUNT}/web\n`,
    `host/a\nb/${AWS_ACCOUNT}/web`,
    `host/apps/${AWS_ACCOUNT}/wéb`,
  ]) {
    await assert.rejects(at.bring(body, {}, login), { code: 'unauthorized' }, login)
  }
  assert.deepEqual(at.sts.asked, [])
  const { role } = await at.bring(body, {}, `host/${AWS_ACCOUNT}/web`)
  assert.equal(role, `acme:host:${AWS_ACCOUNT}/web`)
})
