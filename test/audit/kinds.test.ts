import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { printRecord } from '#audit/record.ts'
import { AUTH, authn, CLIENT, listed, plain, policy, v2, whole } from './record-case.ts'
import type { Case } from './record-case.ts'
import { AUTHENTICATOR_CASES, BRANCH_CASES } from './v2-cases.ts'

// The table of reference/conjur-api.md 7.4, line by line: priority, message id, elements and sentence of every kind of record.

const DB = 'acme:variable:db'
const BOB = 'acme:user:bob'
const KUBE = 'acme:webservice:conjur/authn-jwt/kube'
/** Every kind that there is: the compiler misses one that is not here. */
const KINDS: Readonly<Record<AuditEvent['kind'], readonly Case[]>> = {
  authn: [
    authn('authenticate', 'authenticated with authenticator', 'authenticate with authenticator'),
    authn('login', 'logged in with authenticator', 'login with authenticator', [
      'authn',
      'conjur/authn',
    ]),
    authn(
      'validate-status',
      'validated status for authenticator',
      'validate status for authenticator',
    ),
    authn(
      'update-authenticator-configuration',
      'updated authenticator configuration',
      'update authenticator configuration',
    ),
    authn(
      'k8s-inject-client-cert',
      'injected client certificate with authenticator',
      'inject client certificate with authenticator',
    ),
  ],
  fetch: [
    plain('fetch', 'fetch', { resource: DB }, [`fetched ${DB}`, `tried to fetch ${DB}`]),
    plain('fetch', 'fetch', { resource: DB, version: 2 }, [
      `fetched version 2 of ${DB}`,
      `tried to fetch version 2 of ${DB}`,
    ]),
  ],
  update: [
    plain('update', 'update', { resource: DB }, [`updated ${DB}`, `tried to update ${DB}`]),
    plain(
      'update',
      'update',
      { resource: DB, version: 3 },
      [`updated ${DB}`, `tried to update ${DB}`],
      ` resource="${DB}"`,
    ),
  ],
  check: [
    plain('check', 'check', { resource: DB, role: 'acme:user:alice', privilege: 'execute' }, [
      `successfully checked if they can execute ${DB} `,
      `failed to check if they can execute ${DB}`,
    ]),
    plain('check', 'check', { resource: DB, role: BOB, privilege: 'read' }, [
      `successfully checked if ${BOB} can read ${DB} `,
      `failed to check if ${BOB} can read ${DB}`,
    ]),
  ],
  list: [
    plain(
      'list',
      'list',
      { account: 'acme', kind: 'variable', limit: 10 },
      listed('resources', '{:account=>"acme", :kind=>"variable", :limit=>10}'),
    ),
  ],
  resource: [
    plain('resource', 'get', { resource: DB }, [
      'successfully fetched resource details.',
      'failed to fetch resource details',
    ]),
  ],
  role: [
    plain('role', 'get', { role: BOB }, [
      'successfully fetched role details.',
      'failed to fetch role details',
    ]),
  ],
  members: [plain('members', 'list', { role: BOB }, listed('members', `{:role=>"${BOB}"}`))],
  membership: [
    plain('membership', 'list', { role: BOB }, listed('memberships', `{:role=>"${BOB}"}`)),
    v2(
      'membership',
      'add',
      { role: 'acme:group:team', member: BOB },
      ['added', 'add'],
      "membership team with URI path: '/groups/acme/team/members'",
    ),
    v2(
      'membership',
      'remove',
      { role: 'acme:group:team', member: BOB },
      ['removed', 'remove'],
      "membership team with URI path: '/groups/acme/team/members/user/bob'",
    ),
  ],
  'api-key': [
    plain('api-key', 'rotate', { role: 'acme:user:alice' }, [
      'successfully rotated their API key',
      'failed to rotate their API key',
    ]),
    plain('api-key', 'rotate', { role: BOB }, [
      `successfully rotated the api key for ${BOB}`,
      `failed to rotate the api key for ${BOB}`,
    ]),
  ],
  password: [
    plain(
      'password',
      'change',
      {},
      ['successfully changed their password', 'failed to change their password'],
      ' role="acme:user:alice"',
    ),
  ],
  policy: [
    policy('add', { role: BOB }, ` role="${BOB}"`, `role ${BOB}`),
    policy('add', { resource: DB, owner: BOB }, ` resource="${DB}"`, `resource ${DB}`),
    policy(
      'add',
      { role: 'acme:group:g', member: BOB },
      ` role="acme:group:g" member="${BOB}"`,
      `membership of ${BOB} in acme:group:g`,
    ),
    policy(
      'remove',
      { role: 'acme:group:g', owner: BOB },
      ` role="acme:group:g" owner="${BOB}"`,
      `ownership of ${BOB} in acme:group:g`,
    ),
    policy(
      'add',
      { resource: DB, role: BOB, privilege: 'read' },
      ` resource="${DB}" role="${BOB}" privilege="read"`,
      `permission of ${BOB} to read on ${DB}`,
    ),
    policy(
      'change',
      { resource: DB, annotation: 'note' },
      ` resource="${DB}" annotation="note"`,
      `annotation note on ${DB}`,
    ),
    policy(
      'add',
      { role: BOB, credential: true },
      ` role="${BOB}" credential="true"`,
      `credential of role ${BOB}`,
    ),
    policy(
      'change',
      { role: BOB, restricted_to: '10.0.0.0/8' },
      ` role="${BOB}" restricted_to="10.0.0.0/8"`,
      `restriction of role ${BOB}`,
    ),
    policy(
      'change',
      { resource: KUBE, enabled: true },
      ` resource="${KUBE}" enabled="true"`,
      `enablement of resource ${KUBE}`,
    ),
    whole('create', 'loaded'),
    whole('validate', 'validated'),
    whole('read', 'readed'),
  ],
  'identity-check': [
    [
      { operation: 'check', subject: { role: 'acme:user:alice' } },
      `<38> identity-check [subject@43868 role="acme:user:alice"]${AUTH}${CLIENT}[action@43868 operation="check" result="RESULT"] acme:user:alice checked its identity using whoami`,
      `<38> identity-check [subject@43868 role="acme:user:alice"]${AUTH}${CLIENT}[action@43868 operation="check" result="RESULT"] acme:user:alice failed to check its identity using whoami: no`,
    ],
  ],
  issuer: [
    plain('issuer', 'add', { account: 'acme', issuer: 'aws1' }, [
      'added acme:issuer:aws1',
      'tried to add acme:issuer:aws1',
    ]),
  ],
  variable: [
    plain('variable', 'remove', { account: 'acme', issuer: 'aws1', resource_id: DB }, [
      `removed ${DB}`,
      `tried to remove ${DB}`,
    ]),
  ],
  factor: [
    plain('factor', 'enrol', { role: BOB, factor: '0123456789abcdef', factor_kind: 'totp' }, [
      `successfully enrolled a second factor of ${BOB}`,
      `failed to enrol a second factor of ${BOB}`,
    ]),
    ...(
      [
        ['list', 'listed the second factors', 'list the second factors'],
        ['begin-enrolment', 'began to enrol a second factor', 'begin to enrol a second factor'],
        [
          'answer-enrolment',
          'answered the enrolment of a passkey',
          'answer the enrolment of a passkey',
        ],
        ['answer-verification', 'answered by a passkey', 'answer by a passkey'],
        ['begin-verification', 'began to prove a second factor', 'begin to prove a second factor'],
        ['verify', 'proved a second factor', 'prove a second factor'],
        ['use-recovery-code', 'used a recovery code', 'use a recovery code'],
        ['renew-recovery-codes', 'renewed the recovery codes', 'renew the recovery codes'],
        ['remove', 'removed a second factor', 'remove a second factor'],
        ['reset', 'reset the second factors', 'reset the second factors'],
      ] as const
    ).map(([operation, done, failed]) =>
      plain('factor', operation, { role: BOB }, [
        `successfully ${done} of ${BOB}`,
        `failed to ${failed} of ${BOB}`,
      ]),
    ),
  ],
  branch: BRANCH_CASES,
  authenticator: AUTHENTICATOR_CASES,
  account: [
    plain('account', 'create', { account: 'x' }, [
      'successfully created account {"account":"x"}',
      'failed to create account {"account":"x"}',
    ]),
  ],
  audit: [
    plain('audit', 'list', { account: 'acme' }, [
      'successfully listed audit {"account":"acme"}',
      'failed to list audit {"account":"acme"}',
    ]),
  ],
  'host-factory': [
    plain('host-factory', 'create-token', { resource: DB }, [
      `successfully created token {"resource":"${DB}"}`,
      `failed to create token {"resource":"${DB}"}`,
    ]),
  ],
  'public-keys': [
    plain('public-keys', 'show', { role: BOB }, [
      `successfully showed public-keys {"role":"${BOB}"}`,
      `failed to show public-keys {"role":"${BOB}"}`,
    ]),
  ],
  certificate: [
    plain('certificate', 'sign', { resource: DB }, [
      `successfully signed certificate {"resource":"${DB}"}`,
      `failed to sign certificate {"resource":"${DB}"}`,
    ]),
  ],
}

const base = {
  at: '2026-01-02T03:04:05.678Z',
  request: 'r-1',
  account: 'acme',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
} as const

/** A record as RFC 5424 6 has it. */
const RFC5424 =
  /^<(?:[1-9]\d{0,2}|0)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z - conjur [!-~]{1,128} [!-~]{1,32} (?:\[[!-<>-\\^-~]+@43868(?: [!-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\])+ [^\n]*\n$/

/** The line without what every one has: version, time, host, program and request. */
const told = (event: AuditEvent): string => {
  const line = printRecord(event)
  assert.match(line, RFC5424)
  return line.trimEnd().replace('>1 2026-01-02T03:04:05.678Z - conjur r-1 ', '> ')
}

for (const [kind, cases] of Object.entries(KINDS) as [AuditEvent['kind'], readonly Case[]][]) {
  for (const [more, success, failure] of cases) {
    const { operation, subject } = more
    test(`a record of ${kind} ${operation} ${Object.keys(subject).join(' ')} is the line of the reference, done or refused`, () => {
      assert.equal(
        told({ ...base, kind, result: 'success', ...more }),
        success.replace('RESULT', 'success').trimEnd(),
      )
      assert.equal(
        told({ ...base, kind, result: 'failure', reason: 'no', ...more }),
        failure.replace('RESULT', 'failure'),
      )
    })
  }
}

test('a check that succeeded ends with the space that Conjur puts there', () => {
  const subject = { resource: DB, role: BOB, privilege: 'read' }
  const line = printRecord({
    ...base,
    kind: 'check',
    operation: 'check',
    result: 'success',
    subject,
  })
  assert.ok(line.endsWith(`can read ${DB} \n`))
})
