import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { jsonOf } from './node.ts'
import type { TestNode } from './node.ts'
import { openPolicyScene } from './policy-scene.ts'
import type { PolicyScene } from './policy-scene.ts'

let scene: PolicyScene
let strict: TestNode

before(async () => {
  scene = await openPolicyScene()
  strict = await scene.installation.start({
    CONJUR_USERS_IN_ROOT_POLICY_ONLY: 'true',
    CONJUR_AUTHN_API_KEY_DEFAULT: 'false',
    POLICIES_VERSION_LIMIT: '2',
    SECRETS_VERSION_LIMIT: '2',
    CONJUR_EFFECTIVE_POLICY_MAX_DEPTH: '3',
    CONJUR_EFFECTIVE_POLICY_MAX_LIMIT: '2',
  })
})
after(() => scene[Symbol.asyncDispose]())

const ask = (
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: string,
): ReturnType<TestNode['send']> =>
  strict.as(scene.admin, { method, path, ...(body === undefined ? {} : { body }) })

test('what an operator forbids policies to declare is refused with 422, in a dry run as well', async () => {
  const text = '- !policy\n  id: p\n  body: [!user u]\n'
  const refused = jsonOf(await ask('POST', '/policies/acme/policy/root', text), 422)
  assert.match(JSON.stringify(refused), /User creation is disabled\./)
  const tried = jsonOf(await ask('POST', '/policies/acme/policy/root?dryRun=true', text), 422)
  assert.match(JSON.stringify(tried), /"status":"Invalid YAML".*User creation is disabled\./)
  const host = jsonOf(await ask('POST', '/policies/acme/policy/root', '- !host h'), 422)
  assert.match(JSON.stringify(host), /API key authentication for hosts is disabled by default/)
  assert.equal((await ask('POST', '/policies/acme/policy/root', '- !user u')).status, 201)
})

test('of policies and of secrets as many versions are kept as the operator says', async () => {
  await scene.load('- !policy kept\n- !variable kept/v\n')
  for (const name of ['a', 'b', 'c']) {
    const answer = await ask('POST', '/policies/acme/policy/kept', `- !group ${name}`)
    assert.equal(answer.status, 201)
    assert.equal((await ask('POST', '/secrets/acme/variable/kept/v', name)).status, 201)
  }
  const versionsIn = async (path: string, list: string): Promise<readonly unknown[]> => {
    const resource = jsonOf(await ask('GET', path))
    assert.ok(typeof resource === 'object' && resource !== null)
    const found: unknown = Object.entries(resource).find(([name]) => name === list)?.[1]
    assert.ok(Array.isArray(found))
    return found.map(({ version }: { version: number }) => version)
  }
  assert.deepEqual(await versionsIn('/resources/acme/policy/kept', 'policy_versions'), [2, 3])
  assert.deepEqual(await versionsIn('/resources/acme/variable/kept/v', 'secrets'), [2, 3])
})

test('the bounds of a fetched policy are the operator’s', async () => {
  assert.equal((await ask('GET', '/policies/acme/policy/root?depth=4')).status, 400)
  assert.equal((await ask('GET', '/policies/acme/policy/root?limit=3')).status, 400)
  const answer = jsonOf(await ask('GET', '/policies/acme/policy/root'), 422)
  assert.match(JSON.stringify(answer), /'limit' = 2 exceeded/)
})
