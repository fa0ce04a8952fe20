import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findEntry, isNetrcToken, withEntry, withoutEntry } from '#client/netrc.ts'

const MINE = 'https://conjur.test/authn'
const FILE = `# mine
machine github.com login bob password default
default login x password machine
macdef init
  machine ${MINE} login macro password macro

machine ${MINE}
  login host/shop
  password 1abc#d
# after
machine other login y password z
`

test('the entry of a machine is found across lines, and neither in macros nor in comments', () => {
  assert.deepEqual(findEntry(FILE, MINE), { machine: MINE, login: 'host/shop', password: '1abc#d' })
  assert.deepEqual(findEntry(FILE, 'github.com')?.password, 'default')
  assert.equal(findEntry(FILE, 'x'), undefined)
  assert.equal(findEntry(`# machine ${MINE} login a password b`, MINE), undefined)
})

test('an entry without a password is none', () => {
  assert.equal(findEntry(`machine ${MINE} login a`, MINE), undefined)
  assert.equal(findEntry(`machine ${MINE} login`, MINE), undefined)
  assert.equal(findEntry('machine', MINE), undefined)
})

test('removing an entry leaves everything else as it was', () => {
  const without = withoutEntry(FILE, MINE)
  assert.equal(findEntry(without, MINE), undefined)
  assert.equal(without, FILE.replace(/\nmachine https[^]*1abc#d\n/, '\n'))
  assert.equal(withoutEntry(without, MINE), without)
})

test('a new entry replaces all earlier ones of its machine', () => {
  const twice = `${FILE}machine ${MINE} login old password old\n`
  const text = withEntry(twice, { machine: MINE, login: 'admin', password: 'new' })
  assert.deepEqual(findEntry(text, MINE), { machine: MINE, login: 'admin', password: 'new' })
  assert.deepEqual(findEntry(text, 'other')?.login, 'y')
  assert.equal(text.split(`machine ${MINE}\n`).length, 2)
})

test('what the format cannot express is no token', () => {
  assert.ok(isNetrcToken('host/a#b'))
  for (const text of ['', 'a b', 'a\nmachine x', '#a', 'a\u0000'])
    assert.ok(!isNetrcToken(text), text)
})
