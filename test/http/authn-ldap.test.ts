import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { DirectoryEntry } from '#app/directory.ts'
import { Failure } from '#lib/failure.ts'
import {
  entry,
  fakeDirectory,
  filterFor,
  PASSWORD,
  SEARCHER,
  STAFF,
} from '../authn/ldap/fake-directory.ts'
import type { FakeDirectory } from '../authn/ldap/fake-directory.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, basic, mustBe, openNode, secretPath } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

const POLICY = `
- !user alice
- !user ALICE
- !user ghost
- !user { id: fenced, restricted_to: [192.0.2.0/24] }
- !user outsider
- !user viewer
- !user { id: picky, annotations: { strongroom/attest/ldap.group: "${STAFF}", strongroom/attest/authn-ldap/office/ldap.mail: "glob:*@x.example", strongroom/attest/ldap.dn: "uid=picky,dc=x", strongroom/attest/ldap.uid: picky } }
- !host job
- !variable secret
- !permit { role: !user alice, privileges: [read, execute], resource: !variable secret }
- !policy
  id: conjur/authn-ldap/office
  body:
    - !webservice
      annotations:
        ldap-authn/uri: ldaps://ldap.example
        ldap-authn/base_dn: dc=x
        ldap-authn/bind_dn: ${SEARCHER.dn}
    - !webservice status
    - !variable bind-password
    - !variable tls-ca-cert
    - !group users
    - !permit { role: !group users, privileges: [read, authenticate], resource: !webservice }
- !grant
  role: !group conjur/authn-ldap/office/users
  members: [!user alice, !user ALICE, !user ghost, !user fenced, !user picky, !user admin, !host job]
- !permit { role: !user viewer, privileges: [read], resource: !webservice conjur/authn-ldap/office/status }
- !policy { id: conjur/authn-ldap/off, body: [!webservice] }
`

const CA = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'

type Office = TestNode & { readonly directory: FakeDirectory }

async function openOffice(settings: NodeOptions['settings'] = {}): Promise<Office> {
  const directory = fakeDirectory()
  const node = await openNode({
    directories: directory,
    settings: { authenticators: ['authn-ldap/office', 'authn-ldap/absent'], ...settings },
  })
  await node.load(POLICY)
  await node.set('conjur/authn-ldap/office/bind-password', SEARCHER.password)
  await node.set('conjur/authn-ldap/office/tls-ca-cert', CA)
  return Object.assign(node, { directory })
}

const authenticate = (
  node: TestNode,
  login: string,
  body: string = PASSWORD,
  service = 'office',
): Promise<Reply> =>
  node.anyone.post(
    `/authn-ldap/${service}/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`,
    body,
  )

const login = (
  node: TestNode,
  name: string,
  password: string = PASSWORD,
  service = 'office',
): Promise<Reply> =>
  node.client.caller(basic(name, password)).get(`/authn-ldap/${service}/${ACCOUNT}/login`)

/** The record of the newest attempt. */
const newest = async (node: TestNode): Promise<unknown> =>
  (await node.trail()).findLast(({ kind }) => kind === 'authn')

async function assertRefused(node: TestNode, reply: Reply, code: RegExp): Promise<void> {
  assertSilent(401, reply)
  assert.match(String(at(await newest(node), 'reason')), code)
}

test('a password of the directory gives a token, and a key that is used like any other', async () => {
  await using node = await openOffice()
  assert.ok(isAccessToken(mustBe(200, await authenticate(node, 'alice')).json))
  const { text: key } = mustBe(200, await login(node, 'alice'))
  const path = `/authn/${ACCOUNT}/alice/authenticate`
  mustBe(200, await node.anyone.post(path, key))
  const record = await newest(node)
  assert.deepEqual(
    (await node.trail())
      .filter(({ kind }) => kind === 'authn')
      .map(({ operation, user }) => [operation, user]),
    ['authenticate', 'login', 'authenticate'].map((operation) => [
      operation,
      `${ACCOUNT}:user:alice`,
    ]),
  )
  assert.equal(at(record, 'result'), 'success')
  assert.deepEqual(node.directory.visited[0], {
    host: 'ldap.example',
    port: 636,
    protection: 'ssl',
    caPem: CA,
  })
})

test('the name `user/alice` is the user alice, for the directory as well', async () => {
  await using node = await openOffice()
  mustBe(200, await authenticate(node, 'user/alice'))
  assert.deepEqual(node.directory.bound.at(-1), ['uid=alice,dc=x', 0])
})

test('whoever is not who they say is refused, and the reason is in the trail alone', async () => {
  await using node = await openOffice({ loginAttempts: 0 })
  await assertRefused(node, await authenticate(node, 'alice', 'wrong'), /CONJ00002E/)
  await assertRefused(node, await login(node, 'alice', 'wrong'), /CONJ00002E/)
  await assertRefused(node, await authenticate(node, 'nobody'), /CONJ00002E/)
  await assertRefused(node, await authenticate(node, 'ghost'), /CONJ00002E/)
  await assertRefused(node, await authenticate(node, 'stranger'), /CONJ00007E/)
  await assertRefused(node, await authenticate(node, 'fenced'), /IP address rejected/)
  await assertRefused(node, await authenticate(node, 'alice', PASSWORD, 'off'), /CONJ00004E/)
  await assertRefused(node, await authenticate(node, 'alice', PASSWORD, 'absent'), /CONJ00005E/)
  await assertRefused(node, await authenticate(node, 'a b\n'), /./)
  assertSilent(403, await authenticate(node, 'outsider'))
  assertSilent(403, await login(node, 'outsider'))
  assert.match(String(at(await newest(node), 'reason')), /CONJ00006E/)
  assertSilent(401, await node.anyone.get(`/authn-ldap/office/${ACCOUNT}/login`))
})

test('the administrator and hosts do not log in by a directory, which is not even asked', async () => {
  await using node = await openOffice()
  for (const name of ['admin', 'user/admin']) {
    await assertRefused(node, await authenticate(node, name), /CONJ00017E/)
    await assertRefused(node, await login(node, name), /CONJ00017E/)
  }
  await assertRefused(node, await authenticate(node, 'host/job'), /CONJ00002E/)
  assert.deepEqual(node.directory.visited, [])
})

test('a blank password is refused before the directory is asked, which would believe it', async () => {
  await using node = await openOffice()
  for (const blank of ['', ' ', '\t\n', '\0', '\0x', '\u00a0']) {
    assertSilent(401, await authenticate(node, 'alice', blank))
    assertSilent(401, await login(node, 'alice', blank))
  }
  assert.deepEqual(node.directory.visited, [])
})

test('`aliases`: a directory that takes other spellings for the same name lets nobody in by them, nor try a password', async () => {
  await using node = await openOffice()
  const { people, bound } = node.directory
  people.set(filterFor('ALICE'), [entry('alice')])
  await assertRefused(node, await authenticate(node, 'ALICE'), /CONJ00002E/)
  assert.ok(bound.every(([dn]) => dn !== 'uid=alice,dc=x'))
})

test("a name that several people have is nobody's", async () => {
  await using node = await openOffice()
  const { people, bound } = node.directory
  people.set(filterFor('alice'), [
    entry('alice'),
    { ...entry('alice'), dn: 'uid=alice,ou=other,dc=x' },
  ])
  await assertRefused(node, await authenticate(node, 'alice'), /CONJ00002E/)
  people.set(filterFor('alice'), [{ ...entry('alice'), dn: '' }])
  await assertRefused(node, await authenticate(node, 'alice'), /CONJ00002E/)
  assert.ok(bound.every(([dn]) => !dn.startsWith('uid=alice')))
})

test('`timing`: an unknown name, a wrong password and a name of several people cost the directory as many questions', async () => {
  await using node = await openOffice({ loginAttempts: 0 })
  const { bound, people } = node.directory
  people.set(filterFor('ghost'), [entry('ghost'), entry('ghost2')])
  const counts: number[] = []
  for (const name of ['alice', 'nobody', 'ghost']) {
    const earlier = bound.length
    assertSilent(401, await authenticate(node, name, 'wrong'))
    counts.push(bound.length - earlier)
  }
  assert.deepEqual(counts, [2, 2, 2])
})

test('guessing locks a user, in every spelling, by the directory and by passwords alike', async () => {
  await using node = await openOffice({ loginAttempts: 3 })
  for (const name of ['alice', 'user/alice', 'alice']) {
    assertSilent(401, await authenticate(node, name, 'wrong'))
  }
  const earlier = node.directory.bound.length
  await assertRefused(node, await authenticate(node, 'alice'), /locked/)
  await assertRefused(node, await login(node, 'alice'), /locked/)
  // The directory was searched and never asked for the password.
  assert.ok(node.directory.bound.slice(earlier).every(([dn]) => dn === SEARCHER.dn))
  node.now += 31_000
  mustBe(200, await authenticate(node, 'alice'))
  for (let n = 0; n < 2; n += 1) assertSilent(401, await authenticate(node, 'alice', 'wrong'))
  mustBe(200, await authenticate(node, 'alice'))
})

test('a directory that is down is a refusal like others, and locks nobody out', async () => {
  await using node = await openOffice({ loginAttempts: 2 })
  for (const failing of [
    new Failure('unreachable', 'the directory cannot be reached'),
    new Failure('forbidden', 'it is not one that may be called'),
  ]) {
    node.directory.failing = failing
    for (let n = 0; n < 5; n += 1) assertSilent(401, await authenticate(node, 'alice'))
    assertSilent(401, await login(node, 'alice'))
  }
  node.directory.failing = undefined
  mustBe(200, await authenticate(node, 'alice'))
})

test('a directory that does not believe the password of the server recognises nobody', async () => {
  await using node = await openOffice({ loginAttempts: 2 })
  await node.set('conjur/authn-ldap/office/bind-password', 'other')
  for (let n = 0; n < 5; n += 1) {
    await assertRefused(node, await authenticate(node, 'alice'), /CONJ00002E.*bind-password/)
  }
  await node.set('conjur/authn-ldap/office/bind-password', SEARCHER.password)
  mustBe(200, await authenticate(node, 'alice'))
})

test('a user is held against each condition that it states of the directory', async () => {
  await using node = await openOffice()
  mustBe(200, await authenticate(node, 'picky'))
  const mutations: readonly DirectoryEntry[] = [
    entry('picky', { memberof: ['cn=others,dc=x'] }),
    entry('picky', { memberof: [] }),
    entry('picky', { mail: ['picky@y.example'] }),
    entry('picky', { mail: [] }),
    { ...entry('picky'), dn: 'uid=picky,ou=other,dc=x' },
    entry('picky', { memberof: [STAFF.toUpperCase()] }),
  ]
  for (const changed of mutations) {
    node.directory.people.set(filterFor('picky'), [changed])
    await assertRefused(node, await authenticate(node, 'picky'), /CONJ00049E/)
  }
  node.directory.people.set(filterFor('picky'), [
    entry('picky', { memberof: ['cn=others,dc=x', STAFF] }),
  ])
  mustBe(200, await authenticate(node, 'picky'))
})

test('what is missing of an instance, or does not fit, is told in the trail and by the status', async () => {
  const status = async (node: TestNode): Promise<string> => {
    const reply = await (await node.as('viewer')).get(`/authn-ldap/office/${ACCOUNT}/status`)
    assert.equal(reply.status, 500, reply.text)
    return reply.text
  }
  const annotate = (node: TestNode, annotations: string): Promise<unknown> =>
    node.load(`- !webservice { id: conjur/authn-ldap/office, annotations: { ${annotations} } }`, {
      method: 'PATCH',
    })
  await using node = await openOffice()
  const good = await (await node.as('viewer')).get(`/authn-ldap/office/${ACCOUNT}/status`)
  assert.deepEqual(mustBe(200, good).json, { status: 'ok' })
  await node.set('conjur/authn-ldap/office/tls-ca-cert', 'none')
  assert.match(await status(node), /tls-ca-cert does not hold PEM/)
  await node.set('conjur/authn-ldap/office/tls-ca-cert', CA)
  for (const [annotation, why] of [
    ['ldap-authn/uri: "https://x"', /ldap-authn\/uri is not/],
    [
      'ldap-authn/uri: "ldaps://ldap.example", ldap-authn/connect_type: none',
      /connect_type is not one of/,
    ],
    ['ldap-authn/connect_type: plain', /contradicts/],
    ['ldap-authn/connect_type: ssl, ldap-authn/port: "99999"', /port/],
    ['ldap-authn/port: "636", ldap-authn/filter_template: "(uid=x)"', /filter template/],
  ] as const) {
    await annotate(node, annotation)
    assert.match(await status(node), why)
    assertSilent(401, await authenticate(node, 'alice'))
  }
  await annotate(node, 'ldap-authn/filter_template: "(uid=%s)"')
  node.directory.failing = new Failure('unreachable', 'the directory cannot be reached')
  assert.match(await status(node), /cannot be reached/)
  node.directory.failing = undefined
  await node.set('conjur/authn-ldap/office/bind-password', 'other')
  assert.match(await status(node), /bind.*result code 49/)
  await node.load('- !variable conjur/authn-ldap/office/tls-cert')
  assert.match(await status(node), /CONJ00037E/)
})

test('an instance that sets nothing stands on the directory of the server', async () => {
  await using node = await openOffice({
    authenticators: ['authn-ldap/off'],
    usualDirectory: {
      uri: 'ldap://usual.example',
      base: 'dc=x',
      bindDn: SEARCHER.dn,
      bindPassword: SEARCHER.password,
      filter: undefined,
    },
  })
  await node.load(
    '- !permit { role: !user alice, privileges: [authenticate], resource: !webservice conjur/authn-ldap/off }',
  )
  mustBe(200, await authenticate(node, 'alice', PASSWORD, 'off'))
  const [place] = node.directory.visited
  assert.deepEqual(place, { host: 'usual.example', port: 389, protection: 'start_tls' })
})

test('no password is in the log or the trail', async () => {
  await using node = await openOffice()
  for (const name of ['alice', 'nobody', 'outsider']) {
    await authenticate(node, name)
    await login(node, name, `${PASSWORD}x`)
  }
  const told = [...node.logged, JSON.stringify(await node.trail())].join('\n')
  assert.ok(!told.includes('c4n4ry'))
  assert.equal((await node.admin.get(secretPath('secret'))).status, 404)
})
