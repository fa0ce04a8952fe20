import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { printRecord } from '#audit/record.ts'

const event = (more: Partial<AuditEvent>): AuditEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  request: 'r-1',
  account: 'acme',
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
  subject: { resource: 'acme:variable:db' },
  ...more,
})

const refused = { result: 'failure', reason: 'Forbidden' } as const

/** Priority and message of a record. */
function saidOf(more: Partial<AuditEvent>): readonly [string, string] {
  const [, priority = '', message = ''] =
    /^<(\d+)>.*\] (.*)\n$/.exec(printRecord(event(more))) ?? []
  return [priority, message]
}

test('a record is one line of RFC 5424 in the form of a Conjur server', () => {
  assert.equal(
    printRecord(event({ subject: { resource: 'acme:variable:db', version: 2 } })),
    '<86>1 2026-01-02T03:04:05.678Z - conjur r-1 fetch [auth@43868 user="acme:user:alice"]' +
      '[subject@43868 resource="acme:variable:db" version="2"][client@43868 ip="192.0.2.1"]' +
      '[action@43868 operation="fetch" result="success"] acme:user:alice fetched version 2 of acme:variable:db\n',
  )
})

test('a record of authentication names role, authenticator and service', () => {
  const record = printRecord(
    event({ kind: 'authn', operation: 'authenticate', subject: { authenticator: 'authn' } }),
  )
  assert.match(
    record,
    /authn \[subject@43868 role="acme:user:alice"\]\[auth@43868 user="acme:user:alice" authenticator="authn" service="acme:webservice:conjur\/authn"\]\[client@43868 ip="192.0.2.1"\]\[action@43868 operation="authenticate" result="success"\] acme:user:alice successfully authenticated with authenticator authn service acme:webservice:conjur\/authn\n$/,
  )
})

test('a record of authentication tells what was found of somebody, and no values', () => {
  const record = printRecord(
    event({
      kind: 'authn',
      operation: 'authenticate',
      subject: { authenticator: 'authn-jwt', service: 'acme:webservice:conjur/authn-jwt/ci' },
      attestation: [
        { attribute: 'jwt.ref', outcome: 'passed', statedBy: 'a', source: 'token', values: ['v'] },
        { attribute: 'jwt.run', outcome: 'passed', statedBy: 'a', source: 'token', values: ['v'] },
        { attribute: 'k8s."]', outcome: 'missing', statedBy: 'a' },
      ],
    }),
  )
  assert.match(
    record,
    /\]\[attestation@43868 passed="jwt\.ref \(token\), jwt\.run \(token\)" missing="k8s\.\\"\\\]"\] acme:user:alice/,
  )
})

test('a record of a policy names the policy and its version apart', () => {
  const record = printRecord(
    event({
      kind: 'policy',
      operation: 'add',
      subject: {
        role: 'acme:group:g',
        member: 'acme:user:bob',
        policy: 'acme:policy:root',
        version: 3,
      },
    }),
  )
  assert.match(record, /^<85>1 /)
  assert.match(
    record,
    /\[subject@43868 role="acme:group:g" member="acme:user:bob"\].*\[policy@43868 id="acme:policy:root" version="3"\] acme:user:alice added membership of acme:user:bob in acme:group:g\n$/,
  )
})

const SENTENCES: readonly (readonly [Partial<AuditEvent>, string, string])[] = [
  [
    {
      kind: 'authn',
      operation: 'update-authenticator-configuration',
      subject: { authenticator: 'authn-jwt', service: 'acme:webservice:conjur/authn-jwt/ci' },
    },
    '86',
    'acme:user:alice successfully updated authenticator configuration authn-jwt service acme:webservice:conjur/authn-jwt/ci',
  ],
  [refused, '84', 'acme:user:alice tried to fetch acme:variable:db: Forbidden'],
  [{ kind: 'update' }, '86', 'acme:user:alice updated acme:variable:db'],
  [
    { kind: 'update', ...refused },
    '84',
    'acme:user:alice tried to update acme:variable:db: Forbidden',
  ],
  [{ kind: 'update', operation: 'clear' }, '86', 'acme:user:alice cleared acme:variable:db'],
  [
    { kind: 'update', ...refused, operation: 'expire' },
    '84',
    'acme:user:alice tried to expire acme:variable:db: Forbidden',
  ],
  [
    { kind: 'check', subject: { resource: 'r', privilege: 'execute', role: 'acme:user:alice' } },
    '86',
    'acme:user:alice successfully checked if they can execute r ',
  ],
  [
    { kind: 'check', subject: { resource: 'r', privilege: 'read', role: 'x' }, ...refused },
    '84',
    'acme:user:alice failed to check if x can read r: Forbidden',
  ],
  [
    { kind: 'list', subject: { account: 'acme', limit: 10 } },
    '86',
    'acme:user:alice successfully listed resources with parameters: {:account=>"acme", :limit=>10}',
  ],
  [{ kind: 'resource' }, '86', 'acme:user:alice successfully fetched resource details.'],
  [{ kind: 'role' }, '86', 'acme:user:alice successfully fetched role details.'],
  [
    { kind: 'members', operation: 'list', subject: { role: 'g' } },
    '86',
    'acme:user:alice successfully listed members with parameters: {:role=>"g"}',
  ],
  [
    { kind: 'api-key', subject: { role: 'acme:user:alice' } },
    '86',
    'acme:user:alice successfully rotated their API key',
  ],
  [
    { kind: 'api-key', subject: { role: 'acme:user:bob' } },
    '86',
    'acme:user:alice successfully rotated the api key for acme:user:bob',
  ],
  [{ kind: 'password' }, '86', 'acme:user:alice successfully changed their password'],
  [
    { kind: 'identity-check', subject: {} },
    '38',
    'acme:user:alice checked its identity using whoami',
  ],
  [
    { kind: 'api-key', operation: 'show', subject: { role: 'acme:user:bob' } },
    '86',
    'acme:user:alice successfully looked up when the api key for acme:user:bob was rotated',
  ],
  [{ kind: 'policy', ...refused }, '85', 'Failed to load policy: Forbidden'],
  [
    { kind: 'policy', operation: 'replace', subject: { resource: 'acme:policy:root' } },
    '85',
    'acme:user:alice loaded policy acme:policy:root',
  ],
  [
    { kind: 'policy', operation: 'validate', subject: { resource: 'acme:policy:root' } },
    '85',
    'acme:user:alice validated policy acme:policy:root',
  ],
  [
    { kind: 'policy', operation: 'read', subject: { account: 'acme', identifier: 'shop' } },
    '85',
    'acme:user:alice readed policy acme:policy:shop',
  ],
  [
    { kind: 'policy', operation: 'remove', subject: { resource: 'acme:variable:db', owner: 'o' } },
    '85',
    'acme:user:alice removed resource acme:variable:db',
  ],
  [
    { kind: 'policy', ...refused, operation: 'add', subject: { role: 'g', member: 'm' } },
    '85',
    'acme:user:alice failed to add membership of m in g: Forbidden',
  ],
  [
    { kind: 'policy', operation: 'add', subject: { role: 'acme:group:g' } },
    '85',
    'acme:user:alice added role acme:group:g',
  ],
  [
    { kind: 'policy', operation: 'add', subject: { role: 'g', privilege: 'read', resource: 'r' } },
    '85',
    'acme:user:alice added permission of g to read on r',
  ],
  [
    { kind: 'policy', operation: 'change', subject: { resource: 'r', annotation: 'a' } },
    '85',
    'acme:user:alice changed annotation a on r',
  ],
  [
    { kind: 'account', operation: 'create', subject: { account: 'x' } },
    '86',
    'acme:user:alice successfully created account {"account":"x"}',
  ],
  [
    {
      kind: 'authn',
      operation: 'login',
      subject: { authenticator: 'authn' },
      user: 'not-found',
      ...refused,
    },
    '84',
    'not-found failed to login with authenticator authn service acme:webservice:conjur/authn: Forbidden',
  ],
]

for (const [more, priority, message] of SENTENCES) {
  test(`a record says: ${message}`, () => {
    assert.deepEqual(saidOf(more), [priority, message])
  })
}

test('what is done to issuers, and to the variables that go with them, is told by their names', () => {
  const subject = { account: 'acme', issuer: 'aws1' }
  const issuer = { kind: 'issuer', subject } as const
  for (const [more, priority, message] of [
    [{ ...issuer, operation: 'add' }, '86', 'acme:user:alice added acme:issuer:aws1'],
    [
      { ...issuer, operation: 'fetch-minimum' },
      '86',
      'acme:user:alice fetched the minimum of acme:issuer:aws1',
    ],
    [
      { ...issuer, operation: 'update', ...refused },
      '84',
      'acme:user:alice tried to update acme:issuer:aws1: Forbidden',
    ],
    [
      {
        kind: 'variable',
        operation: 'remove',
        subject: { ...subject, resource_id: 'acme:variable:data/dynamic/db' },
      },
      '86',
      'acme:user:alice removed acme:variable:data/dynamic/db',
    ],
  ] as const) {
    assert.deepEqual(saidOf(more), [priority, message])
  }
})

test('kinds that have no sentence of their own are told by their operation', () => {
  const of = (kind: AuditEvent['kind'], operation: string): readonly [string, string] =>
    saidOf({ kind, operation, subject: { role: 'r' } })
  assert.deepEqual(of('host-factory', 'create-token'), [
    '86',
    'acme:user:alice successfully created token {"role":"r"}',
  ])
  assert.deepEqual(of('certificate', 'sign'), [
    '86',
    'acme:user:alice successfully signed certificate {"role":"r"}',
  ])
})

test('`headers/UI`: a name can neither end its field nor begin another line', () => {
  const record = printRecord(
    event({ subject: { resource: 'a"] [x@1 y="z\\\n<1>1 forged\u2028\u0085' }, request: 'a b\nc' }),
  )
  assert.equal(record.split('\n').length, 2)
  assert.match(record, /resource="a\\"\\\] \[x@1 y=\\"z\\\\ <1>1 forged {2}"\]/)
  assert.match(record, / conjur a_b_c fetch /)
})
