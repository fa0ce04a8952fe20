import assert from 'node:assert/strict'
import { test } from 'node:test'
import { V2_TYPE } from '#http/v2.ts'
import type { Reply } from './client.ts'
import { examplePath } from './example-path.ts'
import { ACCOUNT, mustBe, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

/** What `eve` can see is called `open-…`; everything else has a name that must never reach her. */
const POLICY = `
- !user eve
- !group open-group
- !layer open-layer
- !variable { id: open-variable, annotations: { description: word } }
- !host { id: open-host, annotations: { description: word } }
- !host-factory { id: open-factory, layers: [!layer open-layer] }
- !policy { id: open-policy, body: [!variable { id: veiled-inside, annotations: { veiled-name: word } }] }
- !group veiled-group
- !user veiled-user
- !host { id: veiled-host, annotations: { veiled-name: word } }
- !variable { id: veiled-variable, annotations: { veiled-name: word } }
- !webservice veiled-service
- !policy { id: veiled-policy, body: [!variable db] }
- !policy { id: conjur/authn-jwt/veiled-ci, body: [!webservice, !webservice status] }
- !grant { role: !group veiled-group, members: [!host open-host, !group open-group, !user veiled-user] }
- !permit { role: !user eve, privileges: [read], resources: [!group open-group, !layer open-layer, !variable open-variable, !host open-host, !host-factory open-factory, !policy open-policy] }
`

/** All that can be asked of a resource or a role: shows, lists, searches, graphs, checks and exports. */
const QUERIES = [
  '',
  '?all',
  '?memberships',
  '?graph',
  '?members&search=word',
  '?memberships&search=veiled',
  '?search=word',
  '?search=veiled',
  '?search=veiled&count=true',
  '?owner=user:admin',
  '?owner=policy:veiled-policy',
  '?role=acme:user:veiled-user',
  '?role=acme:group:veiled-group&all',
  '?limit=1&page_token=',
  '?count=true',
  '?variable_ids=acme:variable:veiled-variable,acme:variable:open-variable',
  '?variable_ids=acme:variable:veiled-variable&partial=true',
  '?type=jwt',
]

const NAMES = ['open-group', 'open-variable', 'open-host', 'open-factory', 'open-policy']
const KINDS = ['group', 'variable', 'host', 'host_factory', 'policy', 'user', 'webservice']

/** Every path of a route, with each kind and each name that `eve` may use. */
function pathsOf(pattern: string): readonly string[] {
  const kinds = pattern.includes(':kind') ? KINDS : ['-']
  const ids = /:(?:id|path|name)\b/.test(pattern) ? NAMES : ['-']
  return kinds.flatMap((kind) =>
    ids.map((id) => examplePath(pattern, { kind, id, name: id, path: `${id}/members` })),
  )
}

/** What is shown to everybody, whoever asks: clients look there before they log in (reference/conjur-api.md 1.6, 1.11). */
const isPublic = (path: string): boolean => path === '/authenticators' || path === '/openapi.json'

async function askAll(node: TestNode, see: (path: string, reply: Reply) => void): Promise<void> {
  const eve = await node.as('eve')
  const asked = node.routes.filter(({ method, path }) => method === 'GET' && !isPublic(path))
  for (const { path, family } of asked) {
    const headers = family === 'v2' ? { Accept: V2_TYPE } : {}
    for (const target of pathsOf(path)) {
      const replies = QUERIES.map(async (query) =>
        see(`${target}${query}`, await eve.get(`${target}${query}`, headers)),
      )
      await Promise.all(replies)
    }
  }
}

test('`deny-wins`: no list, search, count, graph, check, batch or export names what its caller cannot read', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('veiled-variable', 'veiled value')
  let seen = 0
  let found = 0
  await askAll(node, (path, reply) => {
    seen += 1
    if (reply.status === 200 && reply.text.includes('open-')) found += 1
    // A refusal may repeat what its caller asked for by name.
    const asked = new Set(path.match(/veiled[\w-]*/g))
    const named = [...reply.text.matchAll(/veiled[\w-]*/g)].map(([name]) => name)
    const told = named.filter((name) => !asked.has(name))
    assert.deepEqual(told, [], `${path}: ${reply.text}`)
  })
  assert.ok(seen > 1000 && found > 20, `${seen} answers, ${found} of them with what she sees`)
})

test('`deny-wins`: a search or a count is the same whether what its caller cannot see is there or not', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const eve = await node.as('eve')
  const paths = ['?search=veiled', '?search=word', '?count=true', '?search=veiled&count=true', '']
  const ask = async (): Promise<readonly string[]> => {
    const replies = paths.map(
      async (query) => mustBe(200, await eve.get(`/resources/${ACCOUNT}${query}`)).text,
    )
    return Promise.all(replies)
  }
  const before = await ask()
  const gone = ['variable veiled-variable', 'host veiled-host', 'policy veiled-policy']
  const deletion = gone.map((record) => `- !delete { record: !${record} }`).join('\n')
  await node.load(deletion, { method: 'PATCH' })
  assert.deepEqual(await ask(), before)
})
