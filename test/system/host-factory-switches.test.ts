import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isHostFactoryTokens } from '#api/host-factory-wire.ts'
import { jsonOf, startInstallation } from './node.ts'

const POLICY = '- !layer l\n- !host-factory { id: hf, layers: [ !layer l ] }'

test('an operator may switch host factories off, and have hosts ask for their API keys', async () => {
  await using installation = await startInstallation()
  const node = await installation.start()
  const admin = await node.tokenFor('admin', node.adminKey)
  await node.as(admin, { method: 'POST', path: '/policies/acme/policy/root', body: POLICY })
  const order = {
    method: 'POST',
    path: '/host_factory_tokens?host_factory=acme:host_factory:hf&expiration=2050-12-31',
  } as const
  const tokens = jsonOf(await node.as(admin, order))
  assert.ok(isHostFactoryTokens(tokens))
  const making = {
    method: 'POST',
    path: '/host_factories/hosts?id=x',
    headers: { Authorization: `Token token="${tokens[0]?.token}"` },
  } as const
  await node.stop()

  const off = await installation.start({ CONJUR_HOST_FACTORIES_ENABLED: 'false' })
  assert.equal((await off.as(admin, order)).status, 404)
  assert.equal((await off.send(making)).status, 401)
  await off.stop()

  const strict = await installation.start({ CONJUR_AUTHN_API_KEY_DEFAULT: 'false' })
  const refused = await strict.send(making)
  assert.equal(refused.status, 422)
  assert.match(refused.body.toString(), /Add the 'authn\/api-key' annotation to this host/)
  const asking = { ...making, body: 'annotations[authn/api-key]=true' }
  assert.equal((await strict.send(asking)).status, 201)
})
