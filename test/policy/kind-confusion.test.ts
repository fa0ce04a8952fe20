import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyRow } from '#policy/desired.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { PolicyFault } from '#policy/fault.ts'
import { compile } from './loading.ts'

/** Ids as somebody writes them who means something else than the tag says, or something elsewhere. */
const IDS = [
  'x',
  '/x',
  '../x',
  'a/../../x',
  './x',
  'policy:root',
  'user:admin',
  'acme:user:admin',
  'acme:policy:root',
  'other:user:admin',
  ':x',
  'x:',
  '::',
  'conjur/authn-jwt/ci',
  '/conjur/authn-jwt/ci',
  'a%2Fb',
  '%2Fadmin',
  '..%2Fx',
  '%2e%2e/x',
  'root',
  'admin',
  '/',
  '//x',
  'x/',
  'x\\u0000y',
  'x\\ny',
  'host/x',
  '@',
  'x@y',
  'é/ü',
]

const KINDS = 'policy user host group layer variable webservice host-factory'.split(' ')
const ROLES = KINDS.filter((kind) => kind !== 'variable' && kind !== 'webservice')

/** Every place where an id may stand, with the kinds that may stand there. */
const PLACES: readonly (readonly [
  kinds: readonly string[],
  text: (reference: string) => string,
])[] = [
  [KINDS.filter((kind) => kind !== 'host-factory'), (one) => `- ${one}`],
  [ROLES, (one) => `- !group { id: g, owner: ${one} }`],
  [ROLES, (one) => `- !grant { role: ${one}, member: !user u }`],
  [ROLES, (one) => `- !grant { role: !group g, member: ${one} }`],
  [ROLES, (one) => `- !grant { role: !group g, member: !member { role: ${one}, admin: true } }`],
  [ROLES, (one) => `- !permit { role: ${one}, privilege: p, resource: !variable v }`],
  [KINDS, (one) => `- !permit { role: !group g, privilege: p, resource: ${one} }`],
  [['layer'], (one) => `- !host-factory { id: f, layers: ${one} }`],
  [ROLES, (one) => `- !revoke { role: ${one}, member: !user u }`],
  [ROLES, (one) => `- !revoke { role: !group g, member: ${one} }`],
  [KINDS, (one) => `- !deny { role: !group g, privilege: p, resource: ${one} }`],
  [ROLES, (one) => `- !deny { role: ${one}, privilege: p, resource: !variable v }`],
  [KINDS, (one) => `- !delete { record: ${one} }`],
]

/** What a row is about, and who gains by it. */
function endsOf(row: PolicyRow): { readonly subject: Id; readonly others: readonly Id[] } {
  switch (row.table) {
    case 'role':
      return { subject: row.id, others: [] }
    case 'resource':
      return { subject: row.id, others: [row.owner] }
    case 'membership':
      return { subject: row.role, others: [row.member] }
    case 'permission':
      return { subject: row.resource, others: [row.role] }
    case 'annotation':
      return { subject: row.resource, others: [] }
    case 'restriction':
      return { subject: row.role, others: [] }
  }
}

const BRANCH = 'shop/web'

const isInside = (id: Id): boolean => {
  const identifier = identifierOf(id)
  if (accountOf(id) !== 'acme') return false
  if (kindOf(id) === 'user') return /^[^]*@shop-web(?:-|$)/.test(identifier)
  return identifier === BRANCH || identifier.startsWith(`${BRANCH}/`)
}

const kindOfTag = (tag: string): string => tag.replace('-', '_')

function checkPlace(text: string, kind: string): 'accepted' | 'refused' {
  let desired
  try {
    desired = compile(text, { policy: BRANCH })
  } catch (error) {
    if (error instanceof PolicyFault) return 'refused'
    throw error
  }
  const known = new Set(['group', 'user', 'variable', 'host_factory', 'policy', kindOfTag(kind)])
  for (const { row } of desired.rows) {
    const { subject, others } = endsOf(row)
    assert.ok(isInside(subject), `${text} is about ${subject}`)
    assert.ok(known.has(kindOf(subject)), `${text} is about ${subject}`)
    for (const other of others) {
      assert.ok(accountOf(other) === 'acme' && known.has(kindOf(other)), `${text} names ${other}`)
    }
  }
  for (const deletion of desired.deletions) {
    const subject =
      deletion.kind === 'delete'
        ? deletion.record.id
        : deletion.kind === 'revoke'
          ? deletion.role
          : deletion.resource
    assert.ok(isInside(subject) && known.has(kindOf(subject)), `${text} deletes ${subject}`)
  }
  return 'accepted'
}

test('`kind-confusion`: no id in any place makes a load be about another kind, another account or another branch', () => {
  const outcomes = { accepted: 0, refused: 0 }
  for (const [kinds, textOf] of PLACES) {
    for (const kind of kinds) {
      for (const id of IDS) {
        outcomes[checkPlace(textOf(`!${kind} "${id}"`), kind)] += 1
        outcomes[checkPlace(textOf(`!${kind} { id: "${id}", account: acme }`), kind)] += 1
      }
    }
  }
  assert.ok(outcomes.accepted > 1000 && outcomes.refused > 500, JSON.stringify(outcomes))
})

test('`kind-confusion`: an account is said by its attribute alone, and is never that of what a load is about', () => {
  const references = (kind: string): readonly string[] =>
    ['other', 'other:user', '!', ''].map((account) => `!${kind} { id: x, account: "${account}" }`)
  const texts = PLACES.flatMap(([kinds, textOf]) => kinds.flatMap(references).map(textOf))
  for (const text of texts) {
    for (const subject of subjectsOf(text)) assert.equal(accountOf(subject), 'acme', text)
  }
})

/** What the rows of a text are about; nothing, when it is refused. */
function subjectsOf(text: string): readonly Id[] {
  try {
    return compile(text, { policy: BRANCH }).rows.map(({ row }) => endsOf(row).subject)
  } catch (error) {
    if (error instanceof PolicyFault) return []
    throw error
  }
}
