import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IssueMethod, IssuerKind } from '#app/issuer-kinds.ts'
import { issuerKinds } from '#issuers/table.ts'
import { Failure } from '#lib/failure.ts'
import {
  assumed,
  AWS_ACCOUNT,
  credentials,
  fakeSts,
  federated,
  KEY_ID,
  refused,
  SECRET,
  xml,
} from './fake-sts.ts'
import type { FakeSts } from './fake-sts.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const ROLE = `arn:aws:iam::${AWS_ACCOUNT}:role/team/deploy`
const SESSION = 'shop-cart-0a1b2c3d'

const DATA = new Map([
  ['access_key_id', KEY_ID],
  ['secret_access_key', SECRET],
])

function aws(endpoint?: string): { readonly sts: FakeSts; readonly kind: IssuerKind } {
  const sts = fakeSts(() => NOW)
  const kind = issuerKinds({ outbound: sts, now: () => NOW, endpoint }).get('aws')
  assert.ok(kind)
  return { sts, kind }
}

function method(kind: IssuerKind, name: string): IssueMethod {
  const found = kind.methods.get(name)
  assert.ok(found)
  return found
}

const issue = (
  kind: IssuerKind,
  name: string,
  parameters: Readonly<Record<string, string>> = {},
  ttl = 900,
): Promise<unknown> =>
  method(kind, name)
    .issue({ data: DATA, parameters: new Map(Object.entries(parameters)), ttl, session: SESSION })
    .then((value): unknown => JSON.parse(value.toString()))

const VALUE = {
  data: {
    access_key_id: 'ASIAIOSFODNN7EXAMPL1',
    secret_access_key: 'secret/1',
    session_token: 'token/1+&=',
  },
  ttl: 900,
  expires_at: '2026-01-02T03:19:05.000Z',
}

test('a role is assumed by a signed request to the region of the variable', async () => {
  const { sts, kind } = aws()
  const policy = '{"Version":"2012-10-17"}'
  const parameters = { 'role-arn': ROLE, region: 'eu-central-1', 'inline-policy': policy }
  assert.deepEqual(await issue(kind, 'assume-role', parameters), VALUE)
  assert.deepEqual(sts.requests, [
    {
      url: 'https://sts.eu-central-1.amazonaws.com/',
      parameters: new Map([
        ['Action', 'AssumeRole'],
        ['Version', '2011-06-15'],
        ['RoleArn', ROLE],
        ['RoleSessionName', SESSION],
        ['DurationSeconds', '900'],
        ['Policy', policy],
      ]),
    },
  ])
})

test('a federated user is asked for in us-east-1 unless the variable says otherwise', async () => {
  const { sts, kind } = aws()
  assert.deepEqual(await issue(kind, 'federation-token'), VALUE)
  assert.equal(sts.requests[0]?.url, 'https://sts.us-east-1.amazonaws.com/')
  assert.equal(sts.requests[0]?.parameters.get('Name'), SESSION)
})

test('a service that the operator names is asked instead of that of the region', async () => {
  const { sts, kind } = aws('https://sts.example.com:8443/')
  assert.deepEqual(await issue(kind, 'federation-token'), VALUE)
  assert.equal(sts.requests[0]?.url, 'https://sts.example.com:8443/')
})

test('regions in China have a domain of their own', async () => {
  const { sts, kind } = aws()
  const arn = `arn:aws-cn:iam::${AWS_ACCOUNT}:role/deploy`
  await issue(kind, 'assume-role', { 'role-arn': arn, region: 'cn-north-1' })
  assert.equal(sts.requests[0]?.url, 'https://sts.cn-north-1.amazonaws.com.cn/')
})

test('`iam-region-injection`: what is not the name of a region is refused before anything is called', () => {
  const { kind } = aws()
  for (const region of [
    'us-east-1.evil.test/',
    'us-east-1\n',
    'us-east-1\nHost: evil.test',
    'evil@us-east-1',
    'us-east-1@evil.test',
    'us-east-1。evil',
    'us-east-1．evil',
    'us-east-1#',
    'us-east-1?x=',
    'us-east-1:443',
    'US-EAST-1',
    'us-east-',
    '../us-east-1',
    '',
  ]) {
    const faults = method(kind, 'federation-token').faults(new Map([['region', region]]))
    assert.deepEqual(
      faults.map(({ parameter }) => parameter),
      ['region'],
      region,
    )
  }
  for (const region of ['us-east-1', 'us-gov-west-1', 'ap-southeast-12', 'us-isob-east-1']) {
    const faults = method(kind, 'federation-token').faults(new Map([['region', region]]))
    assert.deepEqual(faults, [], region)
  }
})

test('parameters that AWS would not understand are found before it is asked', () => {
  const { kind } = aws()
  const faulty = (name: string, parameters: Readonly<Record<string, string>>): readonly string[] =>
    method(kind, name)
      .faults(new Map(Object.entries(parameters)))
      .map(({ parameter }) => parameter)
  assert.deepEqual(faulty('assume-role', {}), ['role-arn'])
  for (const arn of [`arn:aws:iam::1:role/x`, `arn:aws:iam::${AWS_ACCOUNT}:user/x`, `${ROLE}\n`]) {
    assert.deepEqual(faulty('assume-role', { 'role-arn': arn }), ['role-arn'], arn)
  }
  assert.deepEqual(faulty('federation-token', { 'role-arn': ROLE }), ['role-arn'])
  for (const policy of ['', '[]', '{', 'null', `{"a":"${'x'.repeat(2048)}"}`]) {
    assert.deepEqual(faulty('federation-token', { 'inline-policy': policy }), ['inline-policy'])
  }
})

test('data of another form is refused without repeating it', () => {
  const { kind } = aws()
  for (const given of [
    {},
    { access_key_id: KEY_ID },
    { access_key_id: KEY_ID, secret_access_key: 7 },
    { access_key_id: KEY_ID, secret_access_key: `${SECRET}\n` },
    { access_key_id: `x${KEY_ID}`, secret_access_key: SECRET },
    { access_key_id: KEY_ID, secret_access_key: SECRET, session_token: 'CANARY' },
  ]) {
    assert.throws(
      () => kind.readData(new Map(Object.entries(given))),
      (error) =>
        error instanceof Failure &&
        error.code === 'unprocessable_entity' &&
        !error.message.includes('CANARY'),
    )
  }
  assert.deepEqual(kind.readData(DATA), DATA)
})

const later = new Date(NOW + 900_000)
const made = credentials(1, later)
const arn = `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/deploy/${SESSION}`
const good = assumed(arn, made)

test('`iam-response-confusion`: what is not exactly the answer to the question is no credential', async () => {
  const { sts, kind } = aws()
  for (const [what, body] of Object.entries({
    json: '{"AssumeRoleResponse":{}}',
    html: '<html><body>signed in</body></html>',
    empty: '',
    cut: good.slice(0, -5),
    'another account': good.replace(AWS_ACCOUNT, '999999999999'),
    'another role': good.replace('assumed-role/deploy', 'assumed-role/admin'),
    'another session': good.replace(SESSION, 'someone-else'),
    'another partition': good.replace('arn:aws:', 'arn:aws-cn:'),
    'another action': federated(arn, `${AWS_ACCOUNT}:${SESSION}`, made),
    'another namespace': good.replace('sts.amazonaws.com/doc', 'evil.test/doc'),
    'two credentials': good.replace(made, made + credentials(2, later)),
    'two users': good.replace(
      '<AssumedRoleUser>',
      `<AssumedRoleUser><Arn>${arn}</Arn></AssumedRoleUser><AssumedRoleUser>`,
    ),
    'two keys': good.replace(
      '<AccessKeyId>',
      '<AccessKeyId>ASIAOTHEROTHEROTHER1</AccessKeyId><AccessKeyId>',
    ),
    'no token': good.replace(/<SessionToken>.*<\/SessionToken>/, ''),
    'an element in a key': good.replace('<AccessKeyId>', '<AccessKeyId><b/>'),
    'a time that is none': good.replace(later.toISOString(), 'tomorrow'),
    'the credentials elsewhere': assumed(arn, '', made),
    'a document type': `<!DOCTYPE x [<!ENTITY a "b">]>${good}`,
    'an entity': good.replace('secret/1', '&a;'),
    'an entity from a file': `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${good.replace('secret/1', '&a;')}`,
    'too much': good + ' '.repeat(65_536),
  })) {
    sts.instead = () => xml(200, body)
    await assert.rejects(
      issue(kind, 'assume-role', { 'role-arn': ROLE }),
      { code: 'corrupt' },
      what,
    )
  }
  sts.instead = () => ({ status: 200, body: Uint8Array.of(0xff, 0xfe) })
  await assert.rejects(issue(kind, 'assume-role', { 'role-arn': ROLE }), { code: 'corrupt' })
})

test('`iam-response-confusion`: a redirect is no answer, and nothing goes where it points', async () => {
  const { sts, kind } = aws()
  for (const status of [301, 302, 307, 204, 0]) {
    sts.instead = () => xml(status, good)
    await assert.rejects(issue(kind, 'assume-role', { 'role-arn': ROLE }), { code: 'corrupt' })
  }
  assert.equal(sts.requests.length, 5)
})

test('`iam-response-confusion`: a federated user of another name or account is refused', async () => {
  const { sts, kind } = aws()
  const user = `arn:aws:sts::${AWS_ACCOUNT}:federated-user/${SESSION}`
  const id = `${AWS_ACCOUNT}:${SESSION}`
  for (const [other, otherId] of [
    [user.replace(AWS_ACCOUNT, '999999999999'), id],
    [user, id.replace(AWS_ACCOUNT, '999999999999')],
    [user.replace(SESSION, 'root'), id],
    [user.replace('federated-user', 'assumed-role'), id],
  ] as const) {
    sts.instead = () => xml(200, federated(other, otherId, made))
    await assert.rejects(issue(kind, 'federation-token'), { code: 'corrupt' })
  }
})

test('a refusal of AWS is told by its code; its words are for the trail', async () => {
  const { kind } = aws()
  const forbidden = `arn:aws:iam::${AWS_ACCOUNT}:role/forbidden`
  await assert.rejects(issue(kind, 'assume-role', { 'role-arn': forbidden }), (error) => {
    assert.ok(error instanceof Failure && error.cause instanceof Failure)
    assert.equal(error.code, 'unprocessable_entity')
    assert.equal(error.message, 'Failed to create the dynamic secret. Code: AccessDenied')
    assert.equal(
      error.cause.message,
      `AWS refused: AccessDenied: User is not authorized to assume ${forbidden}`,
    )
    return true
  })
})

test('`error-canary`: an error that repeats our key does not get it into a message', async () => {
  const { sts, kind } = aws()
  const said = `${SECRET} and ${KEY_ID}: SignatureDoesNotMatch`
  for (const answer of [
    refused(403, 'SignatureDoesNotMatch', said),
    refused(403, SECRET.slice(0, 20) + '/', said),
    refused(400, 'Throttling', said),
    refused(503, 'ServiceUnavailable', said),
    xml(200, `<x>${said}</x>`),
    xml(403, said),
  ]) {
    sts.instead = () => answer
    await assert.rejects(issue(kind, 'federation-token'), (error) => {
      assert.ok(error instanceof Failure)
      for (let at: unknown = error; at instanceof Error; at = at.cause) {
        assert.ok(!at.message.includes('CANARY'), at.message)
        assert.ok(!at.message.includes(KEY_ID), at.message)
      }
      return true
    })
  }
})

test('a service that does not answer, or cannot serve now, is unavailable', async () => {
  const { sts, kind } = aws()
  for (const code of ['unreachable', 'forbidden'] as const) {
    sts.instead = () => Promise.reject(new Failure(code, 'not today'))
    await assert.rejects(issue(kind, 'federation-token'), (error) => {
      assert.ok(error instanceof Failure && error.cause instanceof Failure)
      assert.deepEqual([error.code, error.cause.message], ['unavailable', 'not today'])
      return true
    })
  }
  for (const answer of [
    xml(500, ''),
    xml(503, '<x/>'),
    refused(400, 'Throttling', 'Rate exceeded'),
  ]) {
    sts.instead = () => answer
    await assert.rejects(issue(kind, 'federation-token'), { code: 'unavailable' })
  }
})
