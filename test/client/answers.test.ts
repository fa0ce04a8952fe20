import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAuditTrail, isBatch } from '#api/wire.ts'
import { bodyOf, failureOf } from '#client/answers.ts'
import { connectionFailure } from '#client/connection-failure.ts'
import { fullId, variableId } from '#client/ids.ts'
import { describeError } from '#client/report.ts'
import { chunksOf } from '#client/secret-batches.ts'
import { parseServerUrl } from '#client/server-address.ts'
import type { Answer } from '#client/transport.ts'
import { Failure } from '#lib/failure.ts'

const answer = (status: number, body: unknown = ''): Answer => ({
  status,
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
})

const refusal = (code: unknown, message: string): unknown => ({ error: { code, message } })

test('the status of a refusal decides its code, and the body may say it more exactly', () => {
  assert.equal(failureOf(answer(403)).code, 'forbidden')
  assert.equal(failureOf(answer(403)).message, 'not permitted')
  assert.equal(failureOf(answer(422, refusal('policy_invalid', 'm'))).code, 'policy_invalid')
  assert.equal(failureOf(answer(404, refusal('not_found', 'CONJ00076E x'))).message, 'CONJ00076E x')
  assert.equal(failureOf(answer(409, refusal('policy_conflict', 'm'))).code, 'conflict')
  assert.equal(failureOf(answer(405, refusal(405, 'm'))).code, 'method_not_allowed')
})

test('a body cannot claim another status, and an unknown status is unavailable', () => {
  assert.equal(failureOf(answer(403, refusal('not_found', 'm'))).code, 'forbidden')
  assert.equal(failureOf(answer(403, refusal('toString', 'm'))).code, 'forbidden')
  for (const status of [302, 418, 429, 500, 502, 503, 504]) {
    assert.equal(failureOf(answer(status)).code, 'unavailable')
  }
})

test('what a server writes cannot move the terminal', () => {
  const { message } = failureOf(answer(404, refusal('not_found', 'a\u001B[2J\u202Eb\nc')))
  assert.equal(message, String.raw`a\u001b[2J\u202eb` + '\nc')
})

test('`error-canary`: an answer that makes no sense is refused without being shown', () => {
  const fails = (body: unknown): void =>
    assert.throws(
      () => bodyOf(answer(200, body), isBatch),
      (error: Failure) => error.code === 'corrupt' && !describeError(error).includes('c4n4ry'),
    )
  fails('c4n4ry{')
  fails({ c4n4ry: 1 })
  fails(['c4n4ry'])
})

test('`error-canary`: a bug is told by its place, never by its message', () => {
  const told = describeError(new TypeError('c4n4ry'))
  assert.match(told, /^strongroom: internal error: TypeError at /)
  assert.ok(!told.includes('c4n4ry'))
})

test('a hint stands below the message', () => {
  const told = describeError(new Failure('usage', 'no', { hint: 'do' }))
  assert.equal(told, 'strongroom: no\n  do\n')
})

const errno = (code: string): Error => Object.assign(new Error(code), { code })

test('a connection that fails names the server and the cause', () => {
  const refused = connectionFailure(errno('ECONNREFUSED'), 'h:1')
  assert.equal(refused.code, 'unreachable')
  assert.equal(refused.message, 'cannot reach h:1: connection refused')
  for (const code of [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'EPROTO',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ]) {
    const failure = connectionFailure(errno(code), 'h:1')
    assert.equal(failure.code, 'untrusted', code)
    assert.match(failure.hint ?? '', /strongroom init/)
  }
})

test('a batch is cut where its URL would pass 8 KB, and keeps its order', () => {
  const ids = Array.from({ length: 500 }, (_, index) => `acme:variable:shop/${index}/password`)
  const chunks = chunksOf(ids)
  assert.deepEqual(chunks.flat(), ids)
  assert.ok(chunks.length > 1)
  for (const chunk of chunks) {
    assert.ok(`/secrets?variable_ids=${encodeURIComponent(chunk.join())}`.length <= 8192)
  }
  assert.deepEqual(chunksOf([]), [])
  assert.equal(chunksOf(['x'.repeat(9000), 'y']).length, 2)
})

test('a variable is named by its identifier, with its kind or in full', () => {
  for (const id of ['db/password', 'variable:db/password', 'acme:variable:db/password']) {
    assert.equal(variableId('acme', id), 'acme:variable:db/password')
  }
  assert.equal(variableId('acme', 'a:b'), 'acme:variable:a:b')
  assert.equal(fullId('acme', 'user:alice'), 'acme:user:alice')
  assert.equal(fullId('acme', 'x:user:alice'), 'x:user:alice')
  assert.throws(() => fullId('acme', 'alice'), { code: 'argument_error' })
  for (const id of ['', 'a\nb', '\uD800'])
    assert.throws(() => variableId('acme', id), /is not an id/)
})

test('the URL of a server may have a path, and nothing that could hide another one', () => {
  assert.deepEqual(parseServerUrl('https://h/api/'), {
    secure: true,
    host: 'h',
    port: 443,
    base: '/api',
  })
  assert.deepEqual(parseServerUrl('http://[::1]:8080'), {
    secure: false,
    host: '::1',
    port: 8080,
    base: '',
  })
  for (const url of ['x', 'ftp://h', 'https://a:b@h', 'https://h/?q', 'https://h/#f']) {
    assert.throws(() => parseServerUrl(url), { code: 'configuration' }, url)
  }
})

test('the audit trail is believed only when each entry is whole', () => {
  const event = {
    at: 't',
    kind: 'fetch',
    operation: 'fetch',
    result: 'success',
    user: 'u',
    clientIp: 'i',
    subject: {},
  }
  assert.ok(isAuditTrail([{ id: 1, event }]))
  assert.ok(!isAuditTrail([{ id: 1, event: { ...event, user: 1 } }]))
  assert.ok(!isAuditTrail({}))
})
