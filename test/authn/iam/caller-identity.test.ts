import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboundAnswer } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { bodyOf, door } from './door.ts'
import type { Door } from './door.ts'
import { AWS_ACCOUNT, identity, refusal, roleSession, xml } from './fake-sts.ts'

const web = roleSession('web')
const good = identity(web)

/** That the proof of `web` is refused with a reason when AWS answers so, and that nothing of the answer is told. */
async function assertRefused(answer: OutboundAnswer, reason: RegExp, what = ''): Promise<void> {
  const at: Door = door()
  at.sts.instead = () => answer
  const body = await bodyOf()
  await assert.rejects(
    at.bring(body),
    (error) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.code, 'unauthorized')
      assert.match(error.message, reason, what)
      for (let told: unknown = error; told instanceof Error; told = told.cause) {
        assert.doesNotMatch(told.message, /CANARY/, what)
      }
      return true
    },
    what,
  )
  assert.equal(at.sts.asked.length, 1, what)
}

test('`iam-response-confusion`: what is not one document about one caller recognises nobody', async () => {
  const arn = `<Arn>${web.arn}</Arn>`
  const account = `<Account>${AWS_ACCOUNT}</Account>`
  const result = /<GetCallerIdentityResult>[^]*<\/GetCallerIdentityResult>/.exec(good)?.[0] ?? ''
  for (const [what, body] of Object.entries({
    html: '<html><body>CANARY</body></html>',
    empty: '',
    cut: good.slice(0, -10),
    'text around it': `CANARY${good}`,
    'two documents': good + good,
    'two callers': good.replace(result, result + result),
    'no caller': good.replace(result, ''),
    'two ARNs': good.replace(arn, arn + arn),
    'two different ARNs': good.replace(arn, `<Arn>CANARY</Arn>${arn}`),
    'no ARN': good.replace(arn, ''),
    'an ARN with elements': good.replace(arn, `<Arn><b>CANARY</b>${web.arn}</Arn>`),
    'an ARN elsewhere': good
      .replace(arn, '')
      .replace('<ResponseMetadata>', `<ResponseMetadata>${arn}`),
    'two accounts': good.replace(account, account + account),
    'no account': good.replace(account, ''),
    'no user id': good.replace(/<UserId>.*<\/UserId>/, ''),
    'another answer': good.replaceAll('GetCallerIdentityResponse', 'AssumeRoleResponse'),
    'another result': good.replaceAll('GetCallerIdentityResult', 'GetSessionTokenResult'),
    'an error with status 200': refusal(200, 'AccessDenied').body.toString(),
    'another namespace': good.replace('sts.amazonaws.com/doc', 'evil.test/doc'),
    'no namespace': good.replace(/ xmlns="[^"]*"/, ''),
    'a document type': `<!DOCTYPE x [<!ENTITY a "CANARY">]>${good}`,
    'an entity': good.replace(web.arn, '&a;'),
    'an entity from a file': `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${good.replace(web.arn, '&a;')}`,
    'too much': good + ' '.repeat(65_536),
  })) {
    await assertRefused(xml(200, body), /^CONJ00063E/, what)
  }
  const body = Uint8Array.of(0xff, 0xfe)
  await assertRefused({ status: 200, contentType: 'text/xml', body }, /^CONJ00063E/)
})

test('`iam-response-confusion`: an answer of another type than XML is not read', async () => {
  const json = JSON.stringify({
    GetCallerIdentityResponse: {
      GetCallerIdentityResult: { Account: AWS_ACCOUNT, Arn: web.arn, UserId: web.userId },
    },
  })
  for (const [contentType, text] of [
    ['application/json', json],
    ['text/xml', json],
    ['application/json', good],
    ['text/html', good],
    ['text/xmlx', good],
    ['application/x-amz-json-1.1', good],
    ['', good],
  ] as const) {
    await assertRefused({ status: 200, contentType, body: Buffer.from(text) }, /^CONJ00063E/, text)
  }
  await assertRefused({ status: 200, body: Buffer.from(good) }, /^CONJ00063E/)
  for (const contentType of ['text/xml', 'text/xml; charset=utf-8', 'application/xml;charset=x']) {
    const at = door()
    at.sts.instead = () => ({ ...xml(200, good), contentType })
    await at.bring(await bodyOf())
  }
})

test('`iam-response-confusion`: a redirect is no answer, and nothing goes where it points', async () => {
  for (const status of [201, 204, 301, 302, 303, 307, 308, 0]) {
    await assertRefused(xml(status, good), /^CONJ00063E/, String(status))
  }
})

test('`iam-response-confusion`: an identity that contradicts itself, or is of another partition, is nobody', async () => {
  const { arn, userId } = web
  for (const more of [
    { account: '999999999999' },
    { account: `${AWS_ACCOUNT} ${AWS_ACCOUNT}` },
    { arn: arn.replace(AWS_ACCOUNT, '999999999999') },
    { arn: arn.replace('arn:aws:', 'arn:aws-cn:') },
    { arn: arn.replace('arn:aws:', 'arn:aws-us-gov:') },
    { arn: arn.replace('i-0abc', 'i-0def') },
    { userId: userId.replace('i-0abc', 'i-0def') },
    { userId: 'i-0abc' },
    { userId: '' },
    { arn: `arn:aws:iam::${AWS_ACCOUNT}:user/web` },
  ]) {
    await assertRefused(
      xml(200, identity({ ...web, ...more })),
      /^CONJ00063E/,
      JSON.stringify(more),
    )
  }
})

test('whoever is neither a role nor a user is refused', async () => {
  for (const arn of [
    `arn:aws:iam::${AWS_ACCOUNT}:root`,
    `arn:aws:sts::${AWS_ACCOUNT}:federated-user/web`,
    `arn:aws:sts::${AWS_ACCOUNT}:self`,
    `arn:aws:iam::${AWS_ACCOUNT}:role/web`,
    `arn:aws:iam::${AWS_ACCOUNT}:assumed-role/web/i-0abc`,
    `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/web`,
    `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/web/`,
    `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/path/web/i-0abc`,
    `arn:aws:sts:us-east-1:${AWS_ACCOUNT}:assumed-role/web/i-0abc`,
    `arn:aws:sts::12345678901:assumed-role/web/i-0abc`,
    `x:arn:aws:sts::${AWS_ACCOUNT}:assumed-role/web/i-0abc`,
    'web',
  ]) {
    await assertRefused(xml(200, identity({ ...web, arn })), /^CONJ00002E AWS knows/, arn)
  }
})

test('a refusal of AWS is told by its code, without its words', async () => {
  for (const code of [
    'SignatureDoesNotMatch',
    'ExpiredToken',
    'InvalidClientTokenId',
    'RequestExpired',
    'AccessDenied',
  ]) {
    await assertRefused(
      refusal(403, code),
      new RegExp(`^CONJ00018E AWS does not accept the signed request: ${code}$`),
    )
  }
  for (const answer of [
    refusal(403, ''),
    refusal(403, 'CANARY/token'),
    refusal(403, 'x'.repeat(81)),
    xml(403, good),
    xml(404, '<html>CANARY</html>'),
    { ...refusal(403, 'AccessDenied'), contentType: 'text/html' },
  ]) {
    await assertRefused(answer, /^CONJ00063E/)
  }
})

test('a service that cannot serve now is no refusal of the request', async () => {
  await assertRefused(refusal(400, 'Throttling'), /^CONJ00063E sts\.us-east-1\.amazonaws\.com/)
  await assertRefused(refusal(503, 'ServiceUnavailable'), /^CONJ00063E/)
  await assertRefused(xml(500, ''), /^CONJ00063E/)
})

test('a service that cannot be called recognises nobody; that too many wait is told', async () => {
  const at = door()
  for (const [code, told] of [
    ['unreachable', 'unauthorized'],
    ['forbidden', 'unauthorized'],
    ['unavailable', 'unavailable'],
  ] as const) {
    at.sts.instead = () => Promise.reject(new Failure(code, 'not today'))
    await assert.rejects(at.bring(await bodyOf()), (error) => {
      assert.ok(error instanceof Failure)
      assert.equal(error.code, told)
      if (told === 'unauthorized') assert.match(error.message, /^CONJ00063E/)
      return true
    })
  }
})
