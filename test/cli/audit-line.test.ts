import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEventBody } from '#api/wire.ts'
import { auditLine } from '#cli/audit-line.ts'

const fetched: AuditEventBody = {
  at: '2026-11-24T10:00:00.000Z',
  request: 'r',
  account: 'shop',
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: 'shop:host:shop/cart',
  clientIp: '127.0.0.1',
  subject: { resource: 'shop:variable:db/password' },
}

const sentence = (change: Partial<AuditEventBody>): string =>
  auditLine({ ...fetched, ...change }).slice('2026-11-24T10:00:00.000Z success  '.length)

test('an event is a sentence', () => {
  assert.equal(
    auditLine(fetched),
    '2026-11-24T10:00:00.000Z success  host/shop/cart fetched shop:variable:db/password from 127.0.0.1',
  )
})

test('what was refused was tried, and for a reason', () => {
  const line = sentence({ result: 'failure', reason: 'Forbidden', user: 'shop:user:bob' })
  assert.equal(line, 'bob tried to fetch shop:variable:db/password from 127.0.0.1: Forbidden')
})

test('a login tells what held of somebody and what did not', () => {
  const login = {
    kind: 'authn',
    operation: 'authenticate',
    subject: {},
    attestation: [
      { attribute: 'jwt.ref', outcome: 'passed', statedBy: 'a', values: ['main'] },
      { attribute: 'jwt.\u001b[2J', outcome: 'missing', statedBy: 'b' },
    ],
  } as const
  assert.equal(
    sentence(login),
    'host/shop/cart authenticated from 127.0.0.1 with jwt.ref passed, jwt.\\u001b[2J missing',
  )
})

test('further members of the subject stand in parentheses', () => {
  assert.equal(
    sentence({ subject: { ...fetched.subject, version: 2 } }),
    'host/shop/cart fetched shop:variable:db/password (version 2) from 127.0.0.1',
  )
  assert.equal(
    sentence({ kind: 'api-key', operation: 'rotate', subject: { role: 'shop:user:a', how: 'x' } }),
    'host/shop/cart rotated shop:user:a (how x) from 127.0.0.1',
  )
})

test('a list is one of resources, whatever was asked of it', () => {
  const listed = { kind: 'list', operation: 'list' }
  assert.equal(
    sentence({ ...listed, subject: { account: 'shop', role: 'shop:user:bob', limit: 5 } }),
    'host/shop/cart listed resources (role shop:user:bob, limit 5) from 127.0.0.1',
  )
})

test('who acts on themselves alone is named once', () => {
  const subject = { role: fetched.user }
  assert.equal(
    sentence({ kind: 'authn', operation: 'login', subject }),
    'host/shop/cart logged in from 127.0.0.1',
  )
})

test('operations with long names are told by a verb', () => {
  const subject = { authenticator: 'authn-jwt', service: 's' }
  const configured = {
    kind: 'authn',
    operation: 'update-authenticator-configuration',
    subject: { ...subject, enabled: true },
  }
  assert.equal(
    sentence(configured),
    'host/shop/cart configured (authenticator authn-jwt, service s, enabled true) from 127.0.0.1',
  )
  assert.equal(
    sentence({ ...configured, operation: 'validate-status', subject, result: 'failure' }),
    'host/shop/cart tried to check (authenticator authn-jwt, service s) from 127.0.0.1',
  )
})

test('a stranger cannot move the terminal or forge a line', () => {
  const line = sentence({ user: 'x\n2026 success\u001B[2J', operation: 'login', subject: {} })
  assert.equal(line, String.raw`x\n2026 success\u001b[2J logged in from 127.0.0.1`)
})

const place = { policy: 'shop:policy:root', version: 3 }
const CHANGES: readonly (readonly [subject: AuditEventBody['subject'], words: string])[] = [
  [{ role: 'shop:group:g' }, 'role shop:group:g'],
  [
    { resource: 'shop:variable:v', owner: 'shop:policy:p' },
    'resource shop:variable:v, owned by shop:policy:p',
  ],
  [{ role: 'shop:group:g', member: 'shop:user:a' }, 'membership of shop:user:a in shop:group:g'],
  [{ role: 'shop:group:g', owner: 'shop:user:a' }, 'ownership of shop:user:a in shop:group:g'],
  [
    { resource: 'shop:variable:v', role: 'shop:group:g', privilege: 'read' },
    'permission of shop:group:g to read on shop:variable:v',
  ],
  [{ resource: 'shop:variable:v', annotation: 'team' }, 'annotation team on shop:variable:v'],
  [{ role: 'shop:host:h', restricted_to: '10.0.0.0/8' }, 'addresses of shop:host:h: 10.0.0.0/8'],
]

for (const [subject, words] of CHANGES) {
  test(`a change of policy is told as \`${words}\``, () => {
    assert.equal(
      sentence({ kind: 'policy', operation: 'add', subject: { ...subject, ...place } }),
      `host/shop/cart added ${words} (policy shop:policy:root, version 3) from 127.0.0.1`,
    )
  })
}
