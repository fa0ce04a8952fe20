import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printRecord } from '#audit/record.ts'
import { refused } from '../issuers/fake-sts.ts'
import { ACCOUNT, mustBe } from './harness.ts'
import {
  BRANCH,
  DATA,
  DB,
  FEDERATED,
  issuerNode,
  issuerPath,
  ISSUERS,
  makeIssuer,
  remove,
  variable,
} from './issuer-world.ts'

/** The forms in which a secret may get out. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  secret.slice(0, secret.length / 2),
  secret.slice(secret.length / 2),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]

test('`error-canary` and `audit-canary`: no secret of an issuer is in an answer, a log, the trail or a record', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  const { secret_access_key: canary } = DATA
  const issuer = issuerPath('aws1')
  const withSecret = JSON.stringify({ data: DATA })
  const asked = [
    await makeIssuer(node.admin),
    await makeIssuer(node.admin, { id: 'two' }),
    await makeIssuer(node.admin, { id: canary.slice(0, 36) + '/' + canary.slice(36) }),
    await makeIssuer(node.admin, { type: canary }),
    await makeIssuer(node.admin, { max_ttl: canary }),
    await makeIssuer(node.admin, { data: canary }),
    await makeIssuer(node.admin, { data: { ...DATA, access_key_id: canary } }),
    await makeIssuer(node.admin, { data: { ...DATA, [canary]: canary } }),
    await makeIssuer(node.admin, { [canary]: canary }),
    await makeIssuer(await node.as('bob'), { id: 'his' }),
    await node.admin.post(ISSUERS, `{"data":"${canary}`),
    await node.admin.get(issuer),
    await node.admin.get(ISSUERS),
    await node.admin.patch(issuer, withSecret),
    await node.admin.patch(
      issuer,
      JSON.stringify({ data: { ...DATA, secret_access_key: `${canary}!` } }),
    ),
    await node.admin.patch(issuerPath('nothing'), withSecret),
    await (await node.as('bob')).patch(issuer, withSecret),
    await node.admin.get(DB),
  ]
  node.sts.instead = () => refused(403, 'SignatureDoesNotMatch', `${canary} is wrong`)
  asked.push(await node.admin.get(DB))
  asked.push(await remove(node.admin, issuer))
  const trail = await node.trail()
  const seen = [
    ...asked.map(({ text, headers }) => `${text}${JSON.stringify(headers)}`),
    ...node.logged,
    ...trail.map((event) => `${JSON.stringify(event)}${printRecord(event)}`),
  ].join('\n')
  for (const form of formsOf(canary)) assert.ok(!seen.includes(form), form)
})

test('`audit-canary`: a credential that was made is in the answer and nowhere else', async () => {
  await using node = await issuerNode()
  await node.load(variable(FEDERATED), BRANCH)
  mustBe(200, await node.admin.get(DB))
  const seen = [...node.logged, JSON.stringify(await node.trail())].join('\n')
  for (const secret of ['ASIAIOSFODNN7EXAMPL1', 'secret/1', 'token/1']) {
    assert.ok(!seen.includes(secret), secret)
  }
  const stored = await node.store.read([
    { resource: (await node.store.issuers(ACCOUNT))[0]?.policy ?? assert.fail('no issuer') },
  ])
  assert.deepEqual(stored.values, [undefined])
})
