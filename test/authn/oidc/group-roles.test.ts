import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeId, type Id } from '#domain/id.ts'
import { changed, confirm, idToken, present, tokenSettings, world } from './provider.ts'

const ops = makeId('acme', 'group', 'ops')
const audit = makeId('acme', 'group', 'audit')

const mapped = changed(tokenSettings, {
  'group-roles':
    '{"ops":"group:ops","sre, on call":["group:ops","group:audit"],"auditors":"acme:group:audit"}',
})

const holding =
  (...roles: readonly Id[]) =>
  (role: Id): boolean =>
    roles.includes(role)

/** Whether somebody whose token lists these groups may be a user who holds these roles; the code of the refusal otherwise. */
async function outcome(
  groups: unknown,
  holds: (role: Id) => boolean,
  settings = mapped,
  annotations: Readonly<Record<string, string>> = {},
): Promise<string> {
  const recognised = await present(world(), await idToken({ groups }), settings)
  try {
    await confirm(recognised, settings, holds, new Map(Object.entries(annotations)))
    return 'in'
  } catch (error) {
    assert.ok(error instanceof Error)
    return /^CONJ(\d{5}E) /.exec(error.message)?.[1] ?? error.message
  }
}

test('without a map nothing is demanded of groups', async () => {
  assert.equal(await outcome(['x'], holding(), tokenSettings), 'in')
  assert.equal(await outcome(undefined, holding(ops), tokenSettings), 'in')
})

test('who holds a mapped role must be in one of its groups', async () => {
  assert.equal(await outcome(['ops'], holding(ops)), 'in')
  assert.equal(await outcome(['sre, on call'], holding(ops)), 'in')
  assert.equal(await outcome('ops', holding(ops)), 'in')
  assert.equal(await outcome(['auditors'], holding(ops)), '00049E')
  assert.equal(await outcome(['Ops', 'ops '], holding(ops)), '00049E')
  assert.equal(await outcome([], holding(ops)), '00049E')
  assert.equal(await outcome(undefined, holding(ops)), '00057E')
  assert.equal(await outcome({ ops: true }, holding(ops)), '00057E')
  assert.equal(await outcome([['ops'], 7], holding(ops)), '00049E')
})

test('each mapped role that somebody holds must be confirmed', async () => {
  assert.equal(await outcome(['ops'], holding(ops, audit)), '00049E')
  assert.equal(await outcome(['ops', 'auditors'], holding(ops, audit)), 'in')
  assert.equal(await outcome(['sre, on call'], holding(ops, audit)), 'in')
})

test('`escalation`: a group gives nobody a role that policy did not', async () => {
  assert.equal(await outcome(['ops', 'auditors'], holding()), '00057E')
})

test('the claim that lists the groups may be any', async () => {
  const nested = changed(mapped, { 'groups-claim': 'realm_access/roles' })
  const enter = async (claims: Record<string, unknown>): Promise<void> =>
    confirm(await present(world(), await idToken(claims), nested), nested, holding(ops))
  await enter({ realm_access: { roles: ['ops'] }, groups: ['nothing'] })
  await assert.rejects(enter({ groups: ['ops'] }), { message: /^CONJ00057E/ })
})

test('a user states conditions on what the provider says in our own spelling', async () => {
  const stated = (annotations: Record<string, string>): Promise<string> =>
    outcome(['staff', 'ops'], holding(), tokenSettings, annotations)
  assert.equal(await stated({ 'strongroom/attest/oidc.groups': '["ops","admins"]' }), 'in')
  assert.equal(await stated({ 'strongroom/attest/oidc.groups': 'admins' }), '00049E')
  assert.equal(await stated({ 'strongroom/attest/oidc.email': 'glob:*@example.com' }), 'in')
  assert.equal(await stated({ 'strongroom/attest/oidc.email': 'glob:*@evil.example' }), '00049E')
  assert.equal(await stated({ 'strongroom/attest/oidc.acr': 'mfa' }), '00049E')
  assert.equal(await stated({ 'strongroom/attest/authn-oidc/idp/oidc.sub': '0f9c' }), 'in')
  assert.equal(await stated({ 'strongroom/attest/authn-oidc/idp/oidc.sub': 'other' }), '00049E')
  assert.equal(await stated({ 'strongroom/attest/authn-oidc/other/oidc.sub': 'other' }), 'in')
})
