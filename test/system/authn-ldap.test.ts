import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './database.ts'
import { runProgram } from './program.ts'
import { assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { BASE, passwordOf, READER, READER_PASSWORD, startSlapd } from './slapd.ts'
import type { Slapd } from './slapd.ts'

const policyFor = (slapd: Slapd): string => `
- !user alice
- !user ALICE
- !user { id: bob, annotations: { strongroom/attest/ldap.group: "cn=others,${BASE}" } }
- !user stranger
- !user viewer
- !policy
  id: conjur/authn-ldap/office
  body:
    - !webservice
      annotations:
        ldap-authn/uri: ldaps://localhost:${slapd.tlsPort}
        ldap-authn/base_dn: ${BASE}
        ldap-authn/bind_dn: ${READER}
    - !webservice status
    - !variable bind-password
    - !variable tls-ca-cert
    - !group users
    - !permit { role: !group users, privileges: [read, authenticate], resource: !webservice }
- !permit { role: !user viewer, privileges: [read], resource: !webservice conjur/authn-ldap/office/status }
- !grant { role: !group conjur/authn-ldap/office/users, members: [!user alice, !user ALICE, !user bob] }
`

async function startOffice(slapd: Slapd, caPem: string): Promise<Scene> {
  const scene = await startScene([['root', policyFor(slapd)]], {
    STRONGROOM_OUTBOUND_ALLOW: `ldap=localhost:${slapd.tlsPort}`,
    STRONGROOM_AUTHENTICATORS: 'authn,authn-ldap/office',
  })
  await scene.set('conjur/authn-ldap/office/bind-password', READER_PASSWORD)
  await scene.set('conjur/authn-ldap/office/tls-ca-cert', caPem)
  return scene
}

test(
  'people log in with the password of a real directory, by the API and by the command line',
  { skip: lacking('slapd') },
  async () => {
    await using folder = await temporaryFolder()
    await using slapd = await startSlapd(folder.path, ['alice', 'bob'])
    const caPem = await readFile(join(folder.path, 'ca.pem'), 'utf8')
    await using scene = await startOffice(slapd, caPem)
    const { node } = scene
    const token = (login: string, body: string): ReturnType<typeof node.send> =>
      node.send({
        method: 'POST',
        path: `/authn-ldap/office/acme/${encodeURIComponent(login)}/authenticate`,
        body,
      })
    assert.equal((await token('alice', passwordOf('alice'))).status, 200)
    assert.equal((await token('user/alice', passwordOf('alice'))).status, 200)
    assertSilent(401, await token('alice', 'wrong'))
    assertSilent(401, await token('ALICE', passwordOf('alice')))
    assertSilent(401, await token('bob', passwordOf('bob')))
    const [refusal] = await scene.trail(1)
    assert.match(
      JSON.stringify(refusal?.['attestation']),
      /"attribute":"ldap.group","outcome":"failed"/,
    )

    const client = join(scene.installation.folder, 'person')
    const settings = {
      account: 'acme',
      appliance_url: node.url,
      authn_type: 'ldap',
      service_id: 'office',
    }
    const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`)
    await writeFile(`${client}.conjurrc`, lines.join(''))
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: scene.installation.folder,
      CONJURRC: `${client}.conjurrc`,
      CONJUR_NETRC_PATH: `${client}.netrc`,
    }
    const run = (argv: readonly string[], input = ''): ReturnType<typeof runProgram> =>
      runProgram('cli', argv, { environment, input })
    assert.equal((await run(['login', '-i', 'alice'], 'wrong\n')).exitCode, 4)
    const login = await run(['login', '-i', 'alice'], `${passwordOf('alice')}\n`)
    assert.equal(login.exitCode, 0, login.stderr)
    const who = await run(['whoami'])
    assert.equal(who.exitCode, 0, who.stderr)
    assert.match(who.stdout, /"username": "alice"/)
    assert.ok(!(await readFile(`${client}.netrc`, 'utf8')).includes("ssword'"))

    assert.deepEqual(await scene.get('viewer', '/authn-ldap/office/acme/status'), { status: 'ok' })
    await scene.set('conjur/authn-ldap/office/bind-password', 'wrong')
    const status = await scene.as('viewer', 'GET', '/authn-ldap/office/acme/status')
    assert.equal(status.status, 500)
    assert.match(status.body.toString(), /result code 49/)
  },
)

test(
  'the policy of the page works as it stands there, but for the address',
  { skip: lacking('slapd') },
  async () => {
    const page = await readFile('docs/authenticators/authn-ldap.md', 'utf8')
    const policy = /```yaml\n(?<policy>[^]*?)```/.exec(page)?.groups?.['policy'] ?? ''
    await using folder = await temporaryFolder()
    await using slapd = await startSlapd(folder.path, ['alice'])
    const port = slapd.tlsPort
    const here = policy.replace('ldap.example.com', `localhost:${port}`)
    assert.notEqual(here, policy)
    await using scene = await startScene([['root', here]], {
      STRONGROOM_OUTBOUND_ALLOW: `ldap=localhost:${port}`,
    })
    const enabled = { body: 'enabled=true' }
    const path = '/authn-ldap/office/acme'
    assert.equal((await scene.as('admin', 'PATCH', path, enabled)).status, 204)
    await scene.set('conjur/authn-ldap/office/bind-password', READER_PASSWORD)
    await scene.set(
      'conjur/authn-ldap/office/tls-ca-cert',
      await readFile(join(folder.path, 'ca.pem')),
    )
    assert.deepEqual(await scene.get('admin', `${path}/status`), { status: 'ok' })
    const call = {
      method: 'POST',
      path: `${path}/alice/authenticate`,
      body: passwordOf('alice'),
    } as const
    assert.equal((await scene.node.send(call)).status, 200)
  },
)
