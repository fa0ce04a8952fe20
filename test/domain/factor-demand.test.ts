import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONGEST_LIFE } from '#app/tokens.ts'
import {
  demandFault,
  demandIn,
  isDemandedFor,
  lacksFactor,
  LONGEST_WITHIN,
  REQUIRE_MFA,
  REQUIRE_MFA_EXEMPT,
  REQUIRE_MFA_WITHIN,
  unusualPrivileges,
} from '#domain/factor-demand.ts'
import type { FactorDemand } from '#domain/factor-demand.ts'
import { FactorDemands } from '#domain/factor-demands.ts'
import { makeId } from '#domain/id.ts'

const [ALICE, WEB, DB] = [
  makeId('acme', 'user', 'alice'),
  makeId('acme', 'host', 'web'),
  makeId('acme', 'variable', 'db'),
]

const demandOf = (texts: Readonly<Record<string, string>>): FactorDemand | undefined =>
  demandIn(new Map(Object.entries(texts)))

const EVERYTHING: FactorDemand = { within: 300, exemptsHosts: false }

test('a demand is for the privileges that it names, or for every one but `authenticate`', () => {
  const named = demandOf({ [REQUIRE_MFA]: 'execute, update' })
  assert.deepEqual(named, { ...EVERYTHING, privileges: new Set(['execute', 'update']) })
  const all = demandOf({ [REQUIRE_MFA]: 'true' })
  assert.deepEqual(all, EVERYTHING)
  for (const [demand, privilege, expected] of [
    [named, 'execute', true],
    [named, 'update', true],
    [named, 'read', false],
    [named, 'EXECUTE', false],
    [all, 'read', true],
    [all, 'whatever else', true],
    [all, 'authenticate', false],
  ] as const) {
    assert.ok(demand !== undefined)
    assert.equal(isDemandedFor(demand, privilege), expected, privilege)
  }
})

test('nothing is demanded without the annotation, nor when it says `false`', () => {
  assert.equal(demandOf({}), undefined)
  assert.equal(demandOf({ description: 'true' }), undefined)
  assert.equal(demandOf({ [REQUIRE_MFA]: 'false' }), undefined)
  assert.equal(demandOf({ [REQUIRE_MFA_WITHIN]: '5m', [REQUIRE_MFA_EXEMPT]: 'host' }), undefined)
})

test('the age of a factor is stated in seconds, minutes or hours, and is at most the life of a token', () => {
  assert.equal(LONGEST_WITHIN, LONGEST_LIFE)
  for (const [text, within] of [
    ['1s', 1],
    ['90s', 90],
    ['5m', 300],
    ['5h', 18_000],
    ['18000s', 18_000],
  ] as const) {
    const demand = demandOf({ [REQUIRE_MFA]: 'read', [REQUIRE_MFA_WITHIN]: text })
    assert.equal(demand?.within, within)
  }
})

const UNREADABLE: readonly (readonly [name: string, value: string])[] = [
  ...[
    '',
    ' ',
    ',',
    'read,',
    'read update',
    'read;update',
    '*',
    'read,*',
    'all',
    'any',
    'yes',
    '1',
    '0',
    'no',
    'on',
    'TRUE',
    'False',
    'true,read',
    'read,false',
    'authenticate',
    'read, authenticate',
    '- read',
    'read\nupdate',
    '"read"',
  ].map((value) => [REQUIRE_MFA, value] as const),
  ...[
    '',
    '5',
    'm',
    '0s',
    '00m',
    '-5m',
    '5.5m',
    '5 m',
    '5min',
    'PT5M',
    '5M',
    '1d',
    '301m',
    '6h',
    '5h ',
    '999999s',
  ].map((value) => [REQUIRE_MFA_WITHIN, value] as const),
  ...['', 'hosts', 'Host', 'user', 'host,user', 'true', 'layer'].map(
    (value) => [REQUIRE_MFA_EXEMPT, value] as const,
  ),
  [`${REQUIRE_MFA}s`, 'read'],
  [`${REQUIRE_MFA}-`, 'read'],
  [`${REQUIRE_MFA}-with`, '5m'],
  [`${REQUIRE_MFA}/within`, '5m'],
]

test('what cannot be read is refused with what to write, and demands a factor for everything where it is found', () => {
  for (const [name, value] of UNREADABLE) {
    const fault = demandFault(name, value)
    assert.ok(fault !== undefined, `${name}: ${value}`)
    assert.match(fault.advice, /^Write /)
    const readable = {
      [REQUIRE_MFA]: 'read',
      [REQUIRE_MFA_WITHIN]: '1h',
      [REQUIRE_MFA_EXEMPT]: 'host',
    }
    assert.deepEqual(demandOf({ ...readable, [name]: value }), EVERYTHING, `${name}: ${value}`)
    assert.deepEqual(demandOf({ [name]: value }), EVERYTHING)
  }
  for (const [name, value] of [
    [REQUIRE_MFA, 'execute'],
    [REQUIRE_MFA, 'true'],
    [REQUIRE_MFA, 'false'],
    [REQUIRE_MFA, 'read , my-own.privilege:x'],
    [REQUIRE_MFA_WITHIN, '5m'],
    [REQUIRE_MFA_EXEMPT, 'host'],
    ['strongroom/require', ''],
    ['mfa', ''],
  ] as const) {
    assert.equal(demandFault(name, value), undefined, `${name}: ${value}`)
  }
})

test('privileges that the server never asks for are told, because they may be misspelt', () => {
  assert.deepEqual(unusualPrivileges('execute,excute,Read,update'), ['excute', 'Read'])
  assert.deepEqual(unusualPrivileges('true'), [])
  assert.deepEqual(unusualPrivileges('cannot be read'), [])
})

test('a factor lacks when there is none or it is older than demanded, also by who owns everything', () => {
  const demand: FactorDemand = { privileges: new Set(['read']), within: 60, exemptsHosts: false }
  const lacks = (privilege: string, age?: number): boolean =>
    lacksFactor(demand, privilege, {
      role: ALICE,
      ...(age === undefined ? {} : { factor: { age } }),
    })
  assert.equal(lacks('read'), true)
  assert.equal(lacks('read', 61), true)
  assert.equal(lacks('read', 60), false)
  // The clock of the node that issued the token is ahead.
  assert.equal(lacks('read', -2), false)
  assert.equal(lacks('update'), false)
})

test('hosts are exempted where the demand says so, and nobody else', () => {
  const demand: FactorDemand = { within: 60, exemptsHosts: true }
  assert.equal(lacksFactor(demand, 'read', { role: WEB }), false)
  assert.equal(lacksFactor({ ...demand, exemptsHosts: false }, 'read', { role: WEB }), true)
  for (const kind of ['user', 'group', 'layer', 'policy', 'hosts']) {
    assert.equal(lacksFactor(demand, 'read', { role: makeId('acme', kind, 'x') }), true)
  }
})

test('a demand follows its annotations one by one, and goes with its resource', () => {
  const demands = new FactorDemands()
  const row = (name: string, value: string) =>
    ({ table: 'annotation', resource: DB, name, value }) as const
  demands.put(row(REQUIRE_MFA_WITHIN, '90s'))
  demands.put(row('description', 'x'))
  assert.equal(demands.of(DB), undefined)
  demands.put(row(REQUIRE_MFA, 'read'))
  assert.deepEqual(demands.of(DB), {
    privileges: new Set(['read']),
    within: 90,
    exemptsHosts: false,
  })
  demands.put(row(REQUIRE_MFA, 'true'))
  assert.deepEqual(demands.of(DB), { within: 90, exemptsHosts: false })
  demands.remove(row(REQUIRE_MFA_WITHIN, ''))
  assert.deepEqual(demands.of(DB), EVERYTHING)
  demands.remove(row('description', 'x'))
  demands.remove(row(REQUIRE_MFA, ''))
  assert.equal(demands.of(DB), undefined)
  demands.put(row(REQUIRE_MFA, 'true'))
  demands.remove({ table: 'resource', id: DB, owner: ALICE })
  assert.equal(demands.of(DB), undefined)
  demands.put(row(REQUIRE_MFA_WITHIN, '90s'))
  assert.equal(demands.of(DB), undefined)
})
