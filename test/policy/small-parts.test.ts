import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCidr } from '#policy/cidr.ts'
import { inNamespace, isRelative, loginAt, withoutDots } from '#policy/path.ts'
import { scalarType } from '#policy/scalar-type.ts'
import { Source } from '#policy/source.ts'
import { nearest } from '#lib/nearest.ts'

test('addresses of both families are normalised', () => {
  const normal = {
    '10.0.0.0/8': '10.0.0.0/8',
    '192.168.1.7': '192.168.1.7/32',
    '0.0.0.0/0': '0.0.0.0/0',
    '::1': '::1/128',
    '::': '::/128',
    '::/0': '::/0',
    '2001:DB8::/32': '2001:db8::/32',
    '2001:0db8:0:0:1:0:0:1': '2001:db8::1:0:0:1/128',
    '1:0:2:0:3:0:4:0': '1:0:2:0:3:0:4:0/128',
    '::ffff:10.0.0.1': '::ffff:a00:1/128',
    'fe80::/10': 'fe80::/10',
  }
  for (const [text, cidr] of Object.entries(normal)) assert.deepEqual(parseCidr(text), { cidr })
})

test('bits to the right of the mask are refused with the block that was meant', () => {
  const meant = {
    '10.0.0.1/24': '10.0.0.0/24',
    'fe80::1/10': 'fe80::/10',
    '1.2.3.4/0': '0.0.0.0/0',
  }
  for (const [text, suggestion] of Object.entries(meant)) {
    assert.deepEqual(parseCidr(text), { fault: 'host-bits', suggestion })
  }
})

test('what is not an address is refused', () => {
  const texts =
    '10.0.0 10.0.0.0.0 256.0.0.1 01.0.0.1 10.0.0.0/33 10.0.0.0/-1 10.0.0.0/08 10.0.0.0/ 1/2/3 a.b.c.d ' +
    ': ::: 1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: 1.2.3.4:: ::1.2.3.4.5 12345:: ::/129 fe80::1%eth0'
  assert.deepEqual(parseCidr(''), { fault: 'malformed' })
  assert.deepEqual(parseCidr(' ::1'), { fault: 'malformed' })
  for (const text of texts.split(' '))
    assert.deepEqual(parseCidr(text), { fault: 'malformed' }, text)
})

test('plain scalars have the types of YAML 1.1', () => {
  const types = {
    String: [
      'x',
      '00008',
      '1.2.3',
      '1e3',
      '.',
      '-',
      '+x',
      '0x',
      '2020-1',
      'nope',
      '1-2',
      'Infinity',
    ],
    Integer: ['0', '-1', '+12', '1_000', '010', '00001', '0xFF', '0b101'],
    Float: ['1.5', '.5', '5.', '-1.5e+3', '1_0.5', '.inf', '-.INF', '.NaN'],
    TrueClass: ['true', 'Yes', 'ON'],
    FalseClass: ['false', 'no', 'Off'],
    NilClass: ['', '~', 'null', 'NULL'],
    Date: ['2020-01-01', '2020-1-1'],
    Time: ['2020-01-01T10:00:00Z', '2020-01-01 10:00:00'],
  }
  for (const [type, texts] of Object.entries(types)) {
    for (const text of texts) assert.equal(scalarType(text), type, text)
  }
})

test('the nearest word is at most two letters away and less than half of it', () => {
  const words = ['variable', 'user', 'host', 'policy', 'permit']
  assert.equal(nearest('varable', words), 'variable')
  assert.equal(nearest('VARIABEL', words), 'variable')
  assert.equal(nearest('usr', words), 'user')
  assert.equal(nearest('hots', words), 'host')
  assert.equal(nearest('polcyi', words), 'policy')
  assert.equal(nearest('xxxx', words), undefined)
  assert.equal(nearest('u', words), undefined)
  assert.equal(nearest('variable'.repeat(10), words), undefined)
})

test('paths are resolved by text alone', () => {
  assert.equal(inNamespace('x', undefined), 'x')
  assert.equal(inNamespace('x', 'a/b'), 'a/b/x')
  assert.equal(inNamespace('/x', 'a/b'), '/x')
  assert.equal(inNamespace('', 'a/b'), 'a/b')
  assert.equal(withoutDots('a/b/../c'), 'a/c')
  assert.equal(withoutDots('a/../../c'), undefined)
  assert.equal(withoutDots('a//b'), 'a//b')
  assert.equal(isRelative('a..b/c'), false)
  assert.equal(loginAt('alice'), 'alice')
  assert.equal(loginAt('a/b/alice'), 'alice@a-b')
})

test('lines and columns count from 1, also after Windows line ends and at the very end', () => {
  const source = new Source('ab\r\ncd\n')
  assert.deepEqual(source.position(0), { line: 1, column: 1 })
  assert.deepEqual(source.position(3), { line: 1, column: 4 })
  assert.deepEqual(source.position(5), { line: 2, column: 2 })
  assert.deepEqual(source.position(7), { line: 3, column: 1 })
  const { offendingText } = source.problem({ start: 1, end: 6 }, 'x', 'y')
  assert.equal(offendingText, 'b')
})
