import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, at, mustBe, openNode, resourcePath, secretPath } from './harness.ts'

const TEMPLATES = [
  '<%= File.read("/etc/passwd") %>',
  '{{constructor.constructor("return process")()}}',
  '${process.env}',
  '#{7*7}',
  '{{7*7}}',
  '$(id)',
  '`id`',
  '%{7*7}',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '!include /etc/passwd',
  '!ruby/object:Gem::Installer',
]

test('`template`: what looks like a template is kept, shown and found as the text that it is', async () => {
  await using node = await openNode()
  const statements = TEMPLATES.map((text, index) => {
    const quoted = JSON.stringify(text)
    return `- !variable { id: ${JSON.stringify(`v${index} ${text}`)}, annotations: { ${quoted}: ${quoted} } }\n`
  })
  await node.load(statements.join(''))
  for (const [index, text] of TEMPLATES.entries()) {
    const id = `v${index} ${text}`
    await node.set(id, text)
    assert.equal(mustBe(200, await node.admin.get(secretPath(id))).text, text)
    const { json } = mustBe(200, await node.admin.get(resourcePath('variable', id)))
    assert.equal(at(json, 'id'), `${ACCOUNT}:variable:${id}`)
    const policy = `${ACCOUNT}:policy:root`
    assert.deepEqual(at(json, 'annotations'), [{ name: text, value: text, policy }])
  }
  const listed = mustBe(200, await node.admin.get(`/resources/${ACCOUNT}/variable`)).json
  assert.ok(Array.isArray(listed) && listed.length === TEMPLATES.length)
})

test('`template`: names of objects in JavaScript are privileges, roles and accounts like any other', async () => {
  await using node = await openNode()
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const users = names.map((name) => `- !user ${name}\n`)
  const permits = names.map(
    (name) => `- !permit { role: !user ${name}, privilege: ${name}, resource: !variable v }\n`,
  )
  const loaded = await node.load(`- !variable v\n${users.join('')}${permits.join('')}`)
  assert.deepEqual(
    Object.keys(loaded.created_roles),
    names.map((name) => `${ACCOUNT}:user:${name}`),
  )
  for (const one of names) {
    for (const other of names) {
      const query = `check=true&privilege=${other}&role=${ACCOUNT}:user:${one}`
      const reply = await node.admin.get(`${resourcePath('variable', 'v')}?${query}`)
      assert.equal(reply.status, one === other ? 204 : 404, `${one} ${other}`)
    }
  }
  for (const name of names) {
    mustBe(404, await node.admin.get(`/resources/${name}/variable/v`))
  }
})
