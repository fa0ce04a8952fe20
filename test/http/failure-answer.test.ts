import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureAnswer } from '#http/failure-answer.ts'
import { familyOf, mustAcceptV2, V2_TYPE } from '#http/v2.ts'
import { Failure } from '#lib/failure.ts'
import { InDoubt } from '#lib/in-doubt.ts'

const v2 = (error: unknown): unknown => {
  const { status, body, type, headers } = failureAnswer(error, 'r1', 'v2')
  return [status, body, type, headers]
}

test('a failure of the v2 API is its status as a text, and its message', () => {
  for (const [code, status] of [
    ['bad_request', 400],
    ['not_found', 404],
    ['conflict', 409],
    ['too_large', 413],
    ['unprocessable_entity', 422],
    ['not_implemented', 501],
  ] as const) {
    const failure = new Failure(code, 'why', { wire: { target: 'x' }, cause: new Error('secret') })
    const body = `{"code":"${status}","message":"why"}`
    assert.deepEqual(v2(failure), [status, body, V2_TYPE, undefined])
  }
})

test('who may not is told nothing more, whatever the reason', () => {
  for (const [code, status] of [
    ['unauthorized', 401],
    ['token_invalid', 401],
    ['token_expired', 401],
    ['credential_weak', 401],
    ['forbidden', 403],
    ['address_rejected', 403],
  ] as const) {
    assert.deepEqual(v2(new Failure(code, 'why')), [status, undefined, undefined, undefined])
  }
})

test('who lacks a second factor alone is told so in both families, with the challenge of RFC 9470', () => {
  const challenge = 'Bearer error="insufficient_user_authentication", max_age=90'
  const failure = new Failure('mfa_required', 'why', { wire: { max_age: 90 } })
  assert.deepEqual(v2(failure), [
    403,
    '{"code":"403","message":"why"}',
    V2_TYPE,
    ['WWW-Authenticate', challenge],
  ])
  const { status, body, headers } = failureAnswer(failure, 'r1')
  assert.deepEqual(
    [status, body, headers],
    [
      403,
      '{"error":{"code":"mfa_required","message":"why","max_age":90}}',
      ['WWW-Authenticate', challenge],
    ],
  )
  // Whom a factor cannot help is not asked for one.
  assert.equal(failureAnswer(new Failure('mfa_required', 'why'), 'r1').headers, undefined)
})

test('`error-canary`: a bug shows the id of the request and nothing else', () => {
  for (const error of [new Error('secret'), new Failure('corrupt', 'secret'), 'secret']) {
    const body = `{"code":"500","message":"see the server's log for r1"}`
    assert.deepEqual(v2(error), [500, body, V2_TYPE, undefined])
  }
})

test('a server that cannot serve now says when to come again', () => {
  const body = '{"code":"503","message":"why"}'
  assert.deepEqual(v2(new Failure('unavailable', 'why')), [
    503,
    body,
    V2_TYPE,
    ['Retry-After', '1'],
  ])
})

test('a server that does not know whether something was done does not say when to come again', () => {
  const body = '{"code":"503","message":"why"}'
  const lost = new InDoubt('why', { cause: new Error('connection lost') })
  assert.deepEqual(v2(lost), [503, body, V2_TYPE, undefined])
})

test('the family is chosen by the exact type alone, the version also by one among others', () => {
  assert.equal(familyOf(V2_TYPE), 'v2')
  for (const accept of [undefined, '', '*/*', `${V2_TYPE}, */*`, ` ${V2_TYPE}`]) {
    assert.equal(familyOf(accept), 'v1')
  }
  mustAcceptV2(V2_TYPE)
  mustAcceptV2(`text/html, ${V2_TYPE};q=0.9`)
  for (const accept of [
    undefined,
    '*/*',
    'application/x.secretsmgr.v2+json',
    'application/x.secretsmgr.v1beta+json',
    'application/x.secretsmgr.v22beta+json',
  ]) {
    assert.throws(() => mustAcceptV2(accept), { code: 'bad_request', message: /^CONJ00194W / })
  }
})
