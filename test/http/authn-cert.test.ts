import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { clientExtensions, make, makeAuthority } from '../authn/cert/pki.ts'
import type { Made } from '../authn/cert/pki.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, authorizationOf, mustBe, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

const POLICY = `
- !policy
  id: conjur/authn-cert/vm
  body:
    - !webservice
    - !webservice status
    - !variable ca-cert
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: conjur/authn-cert/mesh
  body:
    - !webservice
    - !variable ca-cert
    - !variable host-mode
    - !variable trust-domain
    - !variable identity-path
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: vms
  body:
    - !host { id: vm-1, annotations: { authn-cert/vm/san-dns: vm-1.acme.example } }
    - !host { id: vm-2, annotations: { authn-cert/vm/san-dns: vm-2.acme.example } }
    - !host { id: named, annotations: { authn-cert/vm/cn: vm-1 } }
    - !host { id: outsider, annotations: { authn-cert/vm/san-dns: vm-1.acme.example } }
    - !host
      id: fenced
      annotations: { authn-cert/vm/san-dns: vm-1.acme.example }
      restricted_to: [192.0.2.0/24]
    - !host ns/shop/sa/cart
- !grant
  role: !group conjur/authn-cert/vm/apps
  members: [!host vms/vm-1, !host vms/vm-2, !host vms/named, !host vms/fenced]
- !grant { role: !group conjur/authn-cert/mesh/apps, member: !host vms/ns/shop/sa/cart }
`

const root = await makeAuthority()
const vm1 = await make({
  subject: 'CN=vm-1',
  by: root,
  extensions: clientExtensions([{ type: 'dns', value: 'vm-1.acme.example' }]),
})
const cart = await make({
  by: root,
  extensions: clientExtensions([{ type: 'url', value: 'spiffe://acme.example/ns/shop/sa/cart' }]),
})

async function withAuthority({ settings, ...options }: NodeOptions = {}): Promise<TestNode> {
  const node = await openNode({
    ...options,
    settings: {
      authenticators: ['authn', 'authn-cert/vm', 'authn-cert/mesh'],
      certificateProxies: ['127.0.0.1'],
      ...settings,
    },
  })
  await node.load(POLICY)
  await node.set('conjur/authn-cert/vm/ca-cert', root.pem)
  await node.set('conjur/authn-cert/mesh/ca-cert', root.pem)
  await node.set('conjur/authn-cert/mesh/host-mode', 'spiffe')
  await node.set('conjur/authn-cert/mesh/trust-domain', 'acme.example')
  await node.set('conjur/authn-cert/mesh/identity-path', 'vms')
  return node
}

/** A request of whoever has shown a proxy this certificate, from where they say. */
const present = (
  node: TestNode,
  made: Made | undefined,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> =>
  node.anyone.post(path, '', {
    ...(made === undefined ? {} : { 'X-SSL-Client-Certificate': encodeURIComponent(made.pem) }),
    ...headers,
  })

const pathOf = (login: string, service = 'vm', account = ACCOUNT): string =>
  `/authn-cert/${service}/${account}/${encodeURIComponent(login)}/authenticate`

const MESH = `/authn-cert/mesh/${ACCOUNT}/authenticate`

test('a machine gets a token for the host whose annotations its certificate meets, without any secret of ours', async () => {
  await using node = await withAuthority()
  const reply = mustBe(200, await present(node, vm1, pathOf('host/vms/vm-1')))
  assert.ok(isAccessToken(reply.json))
  const bearer = node.client.caller({ Authorization: authorizationOf(reply.json) })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /"username":"host\/vms\/vm-1"/)
  const event = (await node.trail()).findLast(({ kind }) => kind === 'authn')
  assert.deepEqual(
    [event?.operation, event?.result, event?.user, event?.subject],
    [
      'authenticate',
      'success',
      'acme:host:vms/vm-1',
      { authenticator: 'authn-cert', service: 'acme:webservice:conjur/authn-cert/vm' },
    ],
  )
  assert.deepEqual(event?.attestation, [
    {
      attribute: 'cert.dns',
      outcome: 'passed',
      statedBy: 'authn-cert/vm/san-dns',
      source: 'client certificate',
      values: ['vm-1.acme.example'],
    },
  ])
})

test('a workload of a mesh gets a token for the host that its SPIFFE id names', async () => {
  await using node = await withAuthority()
  const reply = mustBe(200, await present(node, cart, MESH, { 'Accept-Encoding': 'base64' }))
  const bearer = node.client.caller({ Authorization: `Token token="${reply.text}"` })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /host\/vms\/ns\/shop\/sa\/cart/)
})

test('a proof that does not hold is refused without a word, and the trail has the reason', async () => {
  await using node = await withAuthority()
  const stranger = await make({ subject: 'CN=vm-1', by: await makeAuthority() })
  const refusals: readonly (readonly [string, Reply])[] = [
    ['CONJ00029E', await present(node, undefined, pathOf('host/vms/vm-1'))],
    ['CONJ00030E', await present(node, stranger, pathOf('host/vms/vm-1'))],
    ['CONJ00049E', await present(node, vm1, pathOf('host/vms/vm-2'))],
    ['CONJ00057E', await present(node, vm1, pathOf('host/vms/named'))],
    ['CONJ00007E', await present(node, vm1, pathOf('host/vms/nobody'))],
    ['address rejected', await present(node, vm1, pathOf('host/vms/fenced'))],
    ['CONJ00098E', await present(node, vm1, `/authn-cert/vm/${ACCOUNT}/authenticate`)],
    ['CONJ00098E', await present(node, cart, pathOf('host/vms/ns/shop/sa/cart', 'mesh'))],
    ['CONJ00081E', await present(node, vm1, MESH)],
    ['CONJ00004E', await present(node, vm1, pathOf('host/vms/vm-1', 'other'))],
  ]
  const events = (await node.trail()).filter(({ kind }) => kind === 'authn')
  assert.equal(events.length, refusals.length)
  for (const [index, [code, refusal]] of refusals.entries()) {
    assertSilent(401, refusal)
    assert.equal(events[index]?.result, 'failure')
    assert.ok(events[index]?.reason?.includes(code), `${code}: ${events[index]?.reason}`)
  }
  assertSilent(403, await present(node, vm1, pathOf('host/vms/outsider')))
  const away = pathOf('host/vms/vm-1', 'vm', 'nowhere')
  assertSilent(401, await present(node, vm1, away))
})

test('a host that is restricted to addresses is recognised there', async () => {
  await using node = await withAuthority()
  const from = { 'X-Forwarded-For': '192.0.2.77' }
  mustBe(200, await present(node, vm1, pathOf('host/vms/fenced'), from))
})

test('`cert-auth`: a certificate in a header counts nothing unless the one who sends it is a named proxy', async () => {
  for (const certificateProxies of [[], ['10.0.0.0/8']]) {
    await using node = await withAuthority({ settings: { certificateProxies } })
    assertSilent(401, await present(node, vm1, pathOf('host/vms/vm-1')))
    const event = (await node.trail()).find(({ kind }) => kind === 'authn')
    assert.match(event?.reason ?? '', /CONJ00029E/)
  }
  await using node = await withAuthority()
  const other = { 'Client-Cert': `:${Buffer.from(vm1.der).toString('base64')}:` }
  assertSilent(401, await present(node, undefined, pathOf('host/vms/vm-1'), other))
  const garbled = { 'X-SSL-Client-Certificate': 'nothing' }
  assertSilent(401, await present(node, undefined, pathOf('host/vms/vm-1'), garbled))
})

test('`cert-auth`: with another certificate nobody gets another token of the host, whoever has one', async () => {
  await using node = await withAuthority()
  const { json } = mustBe(200, await present(node, vm1, pathOf('host/vms/vm-1')))
  assert.ok(isAccessToken(json))
  const bearer = { Authorization: authorizationOf(json) }
  for (const made of [cart, undefined]) {
    assertSilent(401, await present(node, made, pathOf('host/vms/vm-1'), bearer))
  }
  // What it has stays good, and no longer than it says.
  mustBe(200, await node.client.caller(bearer).get('/whoami'))
  mustBe(200, await present(node, vm1, pathOf('host/vms/vm-1')))
})

test('`stale-token`: authorities that were replaced vouch for nobody at the next login', async () => {
  await using node = await withAuthority()
  mustBe(200, await present(node, vm1, pathOf('host/vms/vm-1')))
  await node.set('conjur/authn-cert/vm/ca-cert', (await makeAuthority()).pem)
  assertSilent(401, await present(node, vm1, pathOf('host/vms/vm-1')))
})

test('the status names what is wrong, and the reason of a refusal can be asked for with the certificate', async () => {
  await using node = await withAuthority()
  const status = `/authn-cert/vm/${ACCOUNT}/status`
  mustBe(200, await node.admin.get(status))
  const explained = async (role: string, made: Made): Promise<Reply> =>
    node.admin.post(
      `/authn-cert/vm/${ACCOUNT}/explain`,
      JSON.stringify({ role, proof: made.pem }),
      { 'Content-Type': 'application/json' },
    )
  const good = mustBe(200, await explained('host:vms/vm-1', vm1))
  assert.equal(at(good.json, 'outcome'), 'recognised')
  assert.equal(at(mustBe(200, await explained('host:vms/vm-2', vm1)).json, 'outcome'), 'refused')
  await node.set('conjur/authn-cert/vm/ca-cert', 'nothing')
  const broken = mustBe(500, await node.admin.get(status))
  assert.match(broken.text, /ca-cert/)
})

test('an instance is made over the v2 API, with its variables', async () => {
  await using node = await withAuthority()
  await node.load('- !policy conjur/authn-cert')
  const accept = {
    Accept: 'application/x.secretsmgr.v2beta+json',
    'Content-Type': 'application/json',
  }
  const body = {
    type: 'cert',
    name: 'new',
    enabled: true,
    data: { ca_cert: root.pem, host_mode: 'request' },
  }
  mustBe(201, await node.admin.post(`/authenticators/${ACCOUNT}`, JSON.stringify(body), accept))
  const host = '- !host { id: late, annotations: { authn-cert/san-dns: vm-1.acme.example } }'
  await node.load(host)
  await node.load('- !grant { role: !group conjur/authn-cert/new/apps, member: !host late }')
  mustBe(200, await present(node, vm1, pathOf('host/late', 'new')))
})
