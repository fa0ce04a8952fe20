import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exactly, judge, SOURCE_ADDRESS } from '#domain/attestation.ts'
import type { Attribute, Condition } from '#domain/attestation.ts'
import { conditionsStated } from '#domain/stated-conditions.ts'

const attribute = (name: string, ...values: readonly string[]): Attribute => ({
  name,
  values,
  source: 'token',
})

const outcomes = (
  annotations: Readonly<Record<string, string>>,
  ...attributes: readonly Attribute[]
): readonly string[] => {
  const stated = conditionsStated(new Map(Object.entries(annotations)), 'authn-jwt/ci')
  return judge(stated, attributes).findings.map(({ outcome }) => outcome)
}

test('every condition must hold, and a verdict tells each', () => {
  const conditions = [
    exactly('jwt.ref', 'main', 'one'),
    exactly('jwt.actor', 'alice', 'two'),
    exactly('k8s.namespace', 'shop', 'three'),
  ]
  const { passed, findings } = judge(conditions, [
    attribute('jwt.ref', 'main'),
    attribute('jwt.actor', 'bob'),
  ])
  assert.equal(passed, false)
  assert.deepEqual(
    findings.map(({ condition, outcome, source, values }) => [
      condition.statedBy,
      outcome,
      source,
      values,
    ]),
    [
      ['one', 'passed', 'token', ['main']],
      ['two', 'failed', 'token', ['bob']],
      ['three', 'missing', '', []],
    ],
  )
  assert.ok(judge(conditions.slice(0, 1), [attribute('jwt.ref', 'main')]).passed)
})

test('an attribute of several values holds by one of them, one of none by nothing', () => {
  const condition = [exactly('jwt.groups', 'ops', 'x')]
  assert.ok(judge(condition, [attribute('jwt.groups', 'dev', 'ops')]).passed)
  assert.equal(judge(condition, [attribute('jwt.groups')]).findings[0]?.outcome, 'failed')
})

test('two sources of one attribute must both agree', () => {
  const condition = [exactly('k8s.namespace', 'shop', 'x')]
  const other: Attribute = { name: 'k8s.namespace', values: ['evil'], source: 'TokenReview' }
  const { passed, findings } = judge(condition, [attribute('k8s.namespace', 'shop'), other])
  assert.equal(passed, false)
  assert.equal(findings[0]?.source, 'token, TokenReview')
})

test('annotations of ours state conditions for every authenticator, or for one', () => {
  const shop = attribute('jwt.team', 'shop')
  assert.deepEqual(outcomes({ 'strongroom/attest/jwt.team': 'shop' }, shop), ['passed'])
  assert.deepEqual(outcomes({ 'strongroom/attest/authn-jwt/ci/jwt.team': 'web' }, shop), ['failed'])
  assert.deepEqual(
    outcomes(
      {
        'strongroom/attest/authn-jwt/kube/jwt.team': 'web',
        'strongroom/attest/authn-k8s/ci/jwt.team': 'web',
        'strongroom/attest/authn-gcp/gcp.project': 'web',
        'strongroom/attestation': 'web',
        description: 'web',
      },
      shop,
    ),
    [],
  )
})

test('a value is a text, a pattern or a list of such', () => {
  const ref = attribute('jwt.ref', 'refs/heads/main')
  for (const value of [
    'refs/heads/main',
    'text:refs/heads/main',
    'glob:refs/heads/*',
    '["refs/heads/next", "refs/heads/main"]',
    '["glob:refs/tags/*", "glob:refs/heads/*"]',
  ]) {
    assert.deepEqual(outcomes({ 'strongroom/attest/jwt.ref': value }, ref), ['passed'], value)
  }
  for (const value of ['refs/heads/*', 'Glob:refs/heads/*', 'glob:refs/*', '["main"]', 'text:*']) {
    assert.deepEqual(outcomes({ 'strongroom/attest/jwt.ref': value }, ref), ['failed'], value)
  }
  const literal = attribute('jwt.run', '42', 'true', 'glob:x', '[x]')
  for (const value of ['[42]', '[true]', 'text:glob:x', 'text:[x]', '["text:[x]"]']) {
    assert.deepEqual(outcomes({ 'strongroom/attest/jwt.run': value }, literal), ['passed'], value)
  }
})

test('what cannot be understood refuses, whatever it was meant to forbid', () => {
  for (const value of [
    '',
    '[',
    '[]',
    '["a", {}]',
    '[""]',
    '[null]',
    'glob:',
    'glob:*',
    '["glob:**"]',
  ]) {
    assert.throws(
      () => outcomes({ 'strongroom/attest/jwt.ref': value }),
      { code: 'unauthorized', message: value === '' ? /^CONJ00100E/ : /^CONJ00119E/ },
      value,
    )
  }
  for (const name of [
    '',
    'ref',
    '.ref',
    'jwt.',
    'JWT.ref',
    'jwt/ref',
    'authn-jwt/ci/',
    'authn-jwt/ci/ref',
  ]) {
    assert.throws(
      () => outcomes({ [`strongroom/attest/${name}`]: 'x' }),
      { code: 'unauthorized', message: /^CONJ00119E/ },
      name,
    )
  }
})

test('`error-canary`: a malformed condition is not quoted beyond its name', () => {
  assert.throws(
    () => outcomes({ 'strongroom/attest/jwt.ref': '["CANARY' }),
    (error) => error instanceof Error && !error.message.includes('CANARY'),
  )
})

const from = (address: string): Attribute => ({
  name: SOURCE_ADDRESS,
  values: [address],
  source: 'connection',
})

test('a source address is one of a block of addresses, one of several, or what a pattern says', () => {
  for (const [value, inside, outside] of [
    ['192.0.2.7', '192.0.2.7', '192.0.2.70'],
    ['text:192.0.2.7', '192.0.2.7', '192.0.2.8'],
    ['10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
    ['2001:DB8::/32', '2001:db8:1::1', '2001:db9::1'],
    ['0.0.0.0/0', '203.0.113.9', '2001:db8::1'],
    ['["10.0.0.0/8", "192.0.2.7"]', '192.0.2.7', '192.0.2.8'],
    ['glob:10.1.*', '10.1.2.3', '10.10.2.3'],
    ['["glob:10.1.*.7", "::1"]', '::1', '10.1.2.3'],
  ] as const) {
    const stated = { 'strongroom/attest/source-address': value }
    assert.deepEqual(outcomes(stated, from(inside)), ['passed'], value)
    assert.deepEqual(outcomes(stated, from(outside)), ['failed'], value)
    assert.deepEqual(outcomes(stated), ['missing'], value)
  }
  const scoped = { 'strongroom/attest/authn-jwt/ci/source-address': '10.0.0.0/8' }
  assert.deepEqual(outcomes(scoped, from('10.0.0.1')), ['passed'])
  const other = { 'strongroom/attest/authn-jwt/kube/source-address': '10.0.0.0/8' }
  assert.deepEqual(outcomes(other, from('192.0.2.1')), [])
})

test('what is no network is no source address that anybody could have', () => {
  for (const value of [
    'office',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '010.0.0.1',
    '10.0.0.1 ',
    'fe80::1%eth0',
    '10.*',
    '["10.0.0.0/8", "office"]',
    '[10]',
    'glob:**',
  ]) {
    assert.throws(
      () => outcomes({ 'strongroom/attest/source-address': value }),
      { code: 'unauthorized', message: /^CONJ00119E/ },
      value,
    )
  }
})

test('one attribute may have to be what another is, by all who tell it', () => {
  const conditions: readonly Condition[] = [
    {
      attribute: SOURCE_ADDRESS,
      statedBy: 'the setting',
      anyOf: [{ kind: 'attribute', text: 'k8s.pod.address' }],
    },
  ]
  const pod = attribute('k8s.pod.address', '10.0.0.1', 'fd00::1')
  assert.ok(judge(conditions, [from('10.0.0.1'), pod]).passed)
  assert.ok(judge(conditions, [from('fd00::1'), pod]).passed)
  assert.ok(!judge(conditions, [from('10.0.0.10'), pod]).passed)
  assert.ok(!judge(conditions, [from('10.0.0.1')]).passed)
  assert.ok(!judge(conditions, [pod]).passed)
  assert.ok(!judge(conditions, [from('10.0.0.1'), pod, attribute(pod.name, '10.0.0.2')]).passed)
})
