import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAuditTrail } from '#api/wire.ts'
import type { AuditEntryBody } from '#api/wire.ts'
import type { Caller } from './client.ts'
import { ACCOUNT, assertError, assertSilent, mustBe, openNode, secretPath } from './harness.ts'

const POLICY = `
- !variable db
- !user alice
- !user auditor
- !group owners
- !webservice strongroom/audit
- !permit { role: !user auditor, privileges: [read], resource: !webservice strongroom/audit }
- !permit { role: !user alice, privileges: [read, execute], resource: !variable db }
`

const PATH = `/audit/${ACCOUNT}`

async function trail(caller: Caller, query = ''): Promise<readonly AuditEntryBody[]> {
  const { json } = mustBe(200, await caller.get(`${PATH}${query}`))
  assert.ok(isAuditTrail(json))
  return json
}

test('the trail is shown newest first, to who owns the root policy and to who may read it', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db', 'secret')
  await (
    await node.as('alice')
  ).get(secretPath('db'), { 'X-Request-Id': 'request-9', 'X-Forwarded-For': '192.0.2.1' })
  const [newest] = await trail(node.admin)
  assert.deepEqual(newest?.event, {
    at: '2025-06-15T15:06:40.000Z',
    request: 'request-9',
    account: ACCOUNT,
    kind: 'fetch',
    operation: 'fetch',
    result: 'success',
    user: 'acme:user:alice',
    clientIp: '192.0.2.1',
    subject: { resource: 'acme:variable:db' },
  })
  const [own, ...rest] = await trail(await node.as('auditor'))
  assert.deepEqual([own?.event.kind, own?.event.user], ['audit', 'acme:user:admin'])
  assert.deepEqual(rest[0], newest)
})

test('nobody else sees the trail, and who tried is in it', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assertSilent(403, await (await node.as('alice')).get(PATH))
  assertSilent(403, await node.admin.get('/audit/nowhere'))
  const refused = await trail(node.admin, '?result=failure')
  assert.deepEqual(
    refused.map(({ event }) => [event.kind, event.operation, event.user, event.subject]),
    [
      ['audit', 'list', 'acme:user:admin', { account: 'nowhere' }],
      ['audit', 'list', 'acme:user:alice', { account: ACCOUNT }],
    ],
  )
})

test('the trail can be asked for what a role did, what was done to a resource, and how it ended', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('db', 'secret')
  const alice = await node.as('alice')
  await alice.get(secretPath('db'))
  await alice.post(secretPath('db'), 'mine')
  const of = async (query: string): Promise<readonly string[]> =>
    (await trail(node.admin, query)).map(
      ({ event }) => `${event.user} ${event.kind} ${event.result}`,
    )
  const [read, wrote] = ['acme:user:alice fetch success', 'acme:user:alice update failure']
  assert.deepEqual(await of('?role=user:alice'), [wrote, read])
  assert.deepEqual(await of('?role=acme:user:alice&operation=fetch'), [read])
  assert.deepEqual(await of('?resource=variable:db&result=failure'), [wrote])
  assert.deepEqual(await of('?resource=variable:none'), [])
})

test('the trail comes in pages that neither repeat nor leave out a record', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const alice = await node.as('alice')
  for (let look = 0; look < 7; look++) await alice.get('/whoami')
  const pages: AuditEntryBody[] = []
  for (let before = ''; ;) {
    const page = await trail(node.admin, `?role=user:alice&limit=3${before}`)
    pages.push(...page)
    if (page.length < 3) break
    before = `&before=${page.at(-1)?.id}`
  }
  assert.equal(pages.length, 7)
  assert.equal(new Set(pages.map(({ id }) => id)).size, 7)
})

test('what is no query is refused', async () => {
  await using node = await openNode()
  const whole = (name: string, most: number): string =>
    `\`${name}\` is a whole number from 1 to ${most}`
  for (const [query, message] of [
    ['limit=0', whole('limit', 1000)],
    ['limit=1001', whole('limit', 1000)],
    ['limit=x', whole('limit', 1000)],
    ['limit=', whole('limit', 1000)],
    ['before=0', whole('before', Number.MAX_SAFE_INTEGER)],
    ['before=-1', whole('before', Number.MAX_SAFE_INTEGER)],
    ['result=maybe', '`result` is `success` or `failure`'],
    ['role=x', 'Expected at least 2 tokens in x'],
  ] as const) {
    assertError(422, { code: 'argument_error', message }, await node.admin.get(`${PATH}?${query}`))
  }
})
