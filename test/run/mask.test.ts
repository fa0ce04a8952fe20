import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { formsOf } from '#run/mask/forms.ts'
import { createMasker } from '#run/mask/masker.ts'
import { createMatcher } from '#run/mask/matcher.ts'

/** What is shown of `chunks` when `values` are masked. */
function shown(values: readonly (string | Buffer)[], chunks: readonly (string | Buffer)[]): string {
  const matcher = createMatcher(values.flatMap((value) => formsOf(Buffer.from(value))))
  const masker = createMasker(() => matcher)
  const pieces = chunks.flatMap((chunk) => masker.push(Buffer.from(chunk)))
  return Buffer.concat([...pieces, ...masker.end()]).toString('latin1')
}

const SECRET = 'Sup3r+Secret/"Value" <ü>'

test('a value is masked wherever it stands, and nothing else', () => {
  assert.equal(shown(['c4n4ry'], ['a c4n4ry b c4n4ryc4n4ry c4n4r']), 'a *** b ****** c4n4r')
  assert.equal(shown([], ['c4n4ry']), 'c4n4ry')
  assert.equal(shown(['c4n4ry'], ['']), '')
})

test('`error-canary`: a value is masked in base64, hexadecimal, URL and JSON form', () => {
  const bytes = Buffer.from(SECRET)
  for (const form of [
    SECRET,
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    encodeURIComponent(SECRET),
    encodeURIComponent(SECRET).toLowerCase().replaceAll('s', 's'),
    new URLSearchParams({ x: SECRET }).toString().slice(2),
    JSON.stringify(SECRET).slice(1, -1),
    JSON.stringify(SECRET)
      .slice(1, -1)
      .replaceAll('ü', String.raw`\u00fc`),
    JSON.stringify(SECRET)
      .slice(1, -1)
      .replaceAll('<', String.raw`\u003c`)
      .replaceAll('>', String.raw`\u003e`),
    JSON.stringify(SECRET)
      .slice(1, -1)
      .replaceAll('/', String.raw`\/`),
  ]) {
    const isLowered = form.startsWith('sup3r')
    if (!isLowered) assert.equal(shown([SECRET], [`<${form}>`]), '<***>', form)
  }
})

test('what base64 makes of a value between others is masked but for its ends', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
    for (const after of ['', 'z', 'yz', 'xyz']) {
      const text = Buffer.from(`${before}${SECRET}${after}`).toString('base64')
      const masked = shown([SECRET], [text])
      assert.ok(masked.includes('***'), `${before} ${after}`)
      assert.ok(masked.length < text.length - 24, `${before} ${after}: ${masked}`)
    }
  }
})

test('a value that ends with a line break is masked without it, and one of several lines by each', () => {
  assert.equal(shown(['c4n4ry\n'], ['c4n4ry c4n4ry\n']), '*** ***')
  const key = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nshort\n-----END KEY-----\n'
  assert.equal(shown([key], [`| MIIEpAIBAAKCAQEA\r\n| short`]), '| ***\r\n| short')
})

test('binary values are masked', () => {
  const value = Buffer.from([0xff, 0, 0xfe, 0x0a, 0x80])
  assert.equal(
    shown([value], [Buffer.concat([Buffer.from('a'), value, Buffer.from('b')])]),
    'a***b',
  )
})

test('a value shorter than four bytes is not masked', () => {
  assert.equal(shown(['abc', ''], ['abc']), 'abc')
  assert.equal(shown(['abcd'], ['abcd']), '***')
})

test('values that overlap or contain each other leave nothing of either', () => {
  assert.equal(shown(['abcdef', 'defghi'], ['xabcdefghiy']), 'x***y')
  assert.equal(shown(['abcd', 'abcdefgh'], ['abcdefgh abcdef']), '*** ***ef')
  assert.equal(shown(['abcd', 'abcdefgh'], ['abcde', 'fgh']), '***')
  assert.equal(shown(['aaaa'], ['a'.repeat(50)]), '***')
})

test('wherever the chunks are cut, the same is shown', () => {
  const values = ['c4n4ry', 'canary-two', 'two-three', 'aaaa', SECRET]
  const text = `c4n4ry canary-two-three ${'a'.repeat(9)} c4n4r${SECRET}c4n4ry${Buffer.from(SECRET).toString('base64')}`
  const whole = shown(values, [text])
  const bytes = Buffer.from(text)
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.equal(shown(values, [bytes.subarray(0, cut), bytes.subarray(cut)]), whole, `at ${cut}`)
  }
  assert.equal(
    shown(
      values,
      [...bytes].map((byte) => Buffer.from([byte])),
    ),
    whole,
  )
})

test('what no value can begin with is shown at once', () => {
  const matcher = createMatcher(formsOf(Buffer.from('c4n4ry')))
  const masker = createMasker(() => matcher)
  const push = (text: string): string => Buffer.concat(masker.push(Buffer.from(text))).toString()
  assert.equal(push('Password: '), 'Password: ')
  assert.equal(push('xc4n'), 'x')
  assert.equal(push('4'), '')
  assert.equal(push('x'), 'c4n4x')
})

/** The same as the masker, slow and simple: every byte that belongs to a value is covered. */
function reference(values: readonly string[], text: string): string {
  const covered = new Uint8Array(text.length)
  for (const value of values) {
    for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
      covered.fill(1, at, at + value.length)
    }
  }
  return text.replaceAll(/[^]/g, (character, at: number) => (covered[at] === 1 ? '\0' : character))
}

test('random values in random text are covered to the last byte, and nothing beside them', () => {
  let seed = 1
  const random = (below: number): number => {
    const digest = createHash('sha256')
      .update(String((seed += 1)))
      .digest()
    return digest.readUInt32BE() % below
  }
  const word = (length: number): string => Array.from({ length }, () => 'ab'[random(2)]).join('')
  for (let round = 0; round < 100; round += 1) {
    const values = Array.from({ length: 1 + random(4) }, () => word(4 + random(6)))
    const text = word(60)
    const matcher = createMatcher(values.map((value) => Buffer.from(value)))
    const masker = createMasker(() => matcher)
    const cut = random(60)
    const pieces = [text.slice(0, cut), text.slice(cut)].flatMap((chunk) =>
      masker.push(Buffer.from(chunk)),
    )
    const masked = Buffer.concat([...pieces, ...masker.end()]).toString()
    const left = reference(values, text).replaceAll('\0', '')
    assert.equal(masked.replaceAll('*', ''), left, `${values.join()} in ${text} at ${cut}`)
  }
})
