import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesGlob, parseGlob } from '#domain/glob.ts'

const matches = (pattern: string, text: string): boolean => matchesGlob(parseGlob(pattern), text)

test('a pattern describes a whole text', () => {
  assert.ok(matches('main', 'main'))
  for (const text of ['', 'mai', 'maint', 'main ', '\nmain', 'main\n', 'Main', 'x/main']) {
    assert.equal(matches('main', text), false, JSON.stringify(text))
  }
})

test('one asterisk stands for what has no slash, two for anything', () => {
  for (const [pattern, yes, no] of [
    [
      'refs/heads/*',
      ['refs/heads/', 'refs/heads/main'],
      ['refs/heads/a/b', 'refs/heads', 'xrefs/heads/a'],
    ],
    ['refs/heads/**', ['refs/heads/', 'refs/heads/a/b/c'], ['refs/head/a']],
    ['*/web', ['shop/web', '/web'], ['a/shop/web', 'web']],
    ['**/web', ['shop/web', 'a/b/web'], ['shop/web/x']],
    ['a*b*c', ['abc', 'aXbYc', 'abbc'], ['ab/c', 'ac']],
    ['a**c/*', ['ac/', 'a/b/c/d', 'aXc/d'], ['ac/d/e/', 'c/d']],
    ['*.example', ['web.example', 'a.b.example'], ['web.example.evil', 'x/web.example']],
  ] as const) {
    for (const text of yes) assert.ok(matches(pattern, text), `${pattern} ${text}`)
    for (const text of no) assert.equal(matches(pattern, text), false, `${pattern} ${text}`)
  }
})

test('everything else stands for itself', () => {
  for (const text of ['a.b', 'a+', '[ab]', '(a|b)', '^a$', 'a?', '{a,b}', '!a', 'ä\u0301', '😀']) {
    assert.ok(matches(text, text), text)
  }
  assert.equal(matches('a.b', 'axb'), false)
  assert.equal(matches('a?', 'ab'), false)
})

test('a backslash makes an asterisk, or another backslash, stand for itself', () => {
  assert.ok(matches(String.raw`a\*`, 'a*'))
  assert.equal(matches(String.raw`a\*`, 'ab'), false)
  assert.ok(matches(String.raw`a\\*`, String.raw`a\b`))
  for (const pattern of [String.raw`a\b`, 'a\\']) {
    assert.throws(() => parseGlob(pattern), { code: 'argument_error' })
  }
})

test('a pattern that holds for everything, or is longer than 256 characters, is none', () => {
  for (const pattern of ['', '*', '**', '***', 'x'.repeat(257)]) {
    assert.throws(() => parseGlob(pattern), { code: 'argument_error' }, pattern)
  }
})

test('`regex-dos`: the worst pattern and the longest text are done in an instant', () => {
  const glob = parseGlob('**a'.repeat(85))
  const text = 'a'.repeat(1023)
  const began = performance.now()
  assert.equal(matchesGlob(glob, `${text}b`), false)
  assert.ok(performance.now() - began < 1000)
  assert.equal(matchesGlob(parseGlob('**a'), 'a'.repeat(1025)), false)
})
