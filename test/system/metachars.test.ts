import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { jsonOf } from './node.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'

/** Names that mean something else to SQL, to patterns, to templates, to lists or to shells. */
const NAMES = [
  "'; drop table role; --",
  '" or 1=1 --',
  "x' || 'y",
  '%',
  '_',
  'a%b',
  'a_b',
  '*',
  'a*b',
  '+',
  'a+b',
  'a,b',
  '{a,b}',
  '${id}',
  '$1',
  '\\',
  '\\x41',
  "E'\\x41'",
  '[a-z]',
  '(a|b)',
  '^.$',
  'null',
  '<&>',
  '(uid=*)',
  '@a@b',
  'ä{}é',
]

let scene: Scene

const path = (kind: string, name: string): string => `${kind}/${encodeURIComponent(name)}`

before(async () => {
  const statements = NAMES.map((name) => {
    const quoted = JSON.stringify(name)
    return `- !variable ${quoted}\n- !group ${quoted}\n- !grant { role: !group ${quoted}, member: !user u }\n`
  })
  scene = await startScene([['root', `- !user u\n${statements.join('')}`]])
  for (const name of NAMES) await scene.set(name, `value of ${name}`)
})
after(() => scene[Symbol.asyncDispose]())

test('`template-metachar`: each name is one thing with a value of its own, alone and in a batch', async () => {
  for (const name of NAMES) {
    const answer = await scene.as('admin', 'GET', `/secrets/acme/${path('variable', name)}`)
    assert.equal(answer.body.toString(), `value of ${name}`)
    const ids = `acme:variable:${name}`
    const batch = await scene.as('admin', 'POST', '/secrets/values', {
      body: JSON.stringify({ variable_ids: [ids] }),
      headers: { 'Content-Type': 'application/json' },
    })
    assert.deepEqual(jsonOf(batch), { [ids]: `value of ${name}` })
  }
})

test('`template-metachar`: a name lists, owns and filters nothing but what it names', async () => {
  const all = await scene.get('admin', '/resources/acme/variable')
  assert.ok(Array.isArray(all))
  assert.deepEqual(
    all.map(({ id }: { id: string }) => id).toSorted(),
    NAMES.map((name) => `acme:variable:${name}`).toSorted(),
  )
  for (const name of NAMES) {
    const filter = encodeURIComponent(`group:${name}`)
    const held = await scene.get('admin', `/roles/acme/user/u?all&filter=${filter}`)
    assert.deepEqual(held, [`acme:group:${name}`])
    const owner = encodeURIComponent(`group:${name}`)
    assert.deepEqual(await scene.get('admin', `/resources/acme?owner=${owner}`), [])
  }
})

test('`template-metachar`: a word that is searched for is a word, whatever it looks like', async () => {
  for (const name of [...NAMES, "a' & 'b", 'a | b', '!a', 'a:*', '<->', "')) or true --"]) {
    const found = await scene.get('admin', `/resources/acme?search=${encodeURIComponent(name)}`)
    assert.ok(Array.isArray(found) && found.length < NAMES.length, name)
  }
})

test('`template-metachar`: the trail is asked for exactly what is named', async () => {
  for (const name of NAMES) {
    const resource = encodeURIComponent(`acme:variable:${name}`)
    const entries = await scene.get('admin', `/audit/acme?resource=${resource}&operation=update`)
    assert.ok(Array.isArray(entries))
    const subjects = entries.map(({ event }: { event: { subject: unknown } }) => event.subject)
    assert.deepEqual(subjects, [{ resource: `acme:variable:${name}`, version: 1 }], name)
  }
})

test('`template-metachar`: what is deleted by its name goes alone', async () => {
  for (const [index, name] of NAMES.entries()) {
    const text = `- !delete { record: !variable ${JSON.stringify(name)} }`
    await scene.load('root', text, 'PATCH')
    const { count } = (await scene.get('admin', '/resources/acme/variable?count=true')) as {
      count: number
    }
    assert.equal(count, NAMES.length - index - 1, name)
  }
})
