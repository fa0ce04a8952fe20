import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exactly, judge } from '#domain/attestation.ts'
import type { Attribute } from '#domain/attestation.ts'
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
