import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printed } from '#cli/output.ts'

const MEMBERS = [
  { id: 'a', owner: 'x', more: 1 },
  { id: 'longer', owner: 'y\nz', more: { deep: true } },
]

test('without a form an outcome is its own text, or JSON', async () => {
  assert.equal(await printed({ data: [1], plain: 'one\n' }, undefined), 'one\n')
  assert.equal(await printed({ data: { a: '<&>' } }, undefined), '{\n  "a": "<&>"\n}\n')
  assert.equal(await printed({ data: [1], plain: 'one\n' }, 'json'), '[\n  1\n]\n')
})

test('YAML is read as what it was', async () => {
  const data = { yes: 'no', text: 'two\nlines', number: 1, list: ['a: b', '- c'], none: null }
  const { parse } = await import('yaml')
  assert.deepEqual(parse(String(await printed({ data }, 'yaml'))), data)
})

test('a table has a line an element, with the columns that are asked for', async () => {
  assert.equal(
    await printed({ data: MEMBERS, columns: ['id', 'owner'] }, 'table'),
    'ID      OWNER\na       x\nlonger  y\\nz\n',
  )
  assert.equal(
    await printed({ data: MEMBERS }, 'table'),
    'ID      OWNER  MORE\na       x      1\nlonger  y\\nz   {"deep":true}\n',
  )
  assert.equal(await printed({ data: ['a', 'b'] }, 'table'), 'a\nb\n')
  assert.equal(await printed({ data: [] }, 'table'), '')
})

test('a table of one thing has a line a member', async () => {
  assert.equal(
    await printed({ data: { name: 'x', empty: '', none: null } }, 'table'),
    'name   x\nempty  -\nnone   -\n',
  )
  assert.equal(await printed({ data: 7 }, 'table'), '7\n')
  assert.equal(await printed({ data: {} }, 'table'), '')
})

test('a table cannot move the terminal', async () => {
  assert.equal(
    await printed({ data: [{ id: 'a\u001B[2J\u202E' }] }, 'table'),
    'ID\na\\u001b[2J\\u202e\n',
  )
})
