import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE } from '#domain/ints.ts'
import { Names } from '#domain/names.ts'

test('a text keeps its number as long as anything mentions it', () => {
  const names = new Names()
  const number = names.number('a')
  names.mention(number)
  names.mention(names.number('a'))
  names.release(number)
  assert.equal(names.find('a'), number)
  assert.equal(names.text(number), 'a')
})

test('a text that nothing mentions any more is forgotten, and its number serves another', () => {
  const names = new Names()
  const number = names.number('a')
  names.mention(number)
  names.release(number)
  assert.equal(names.find('a'), NONE)
  assert.throws(() => names.text(number), /no name has the number/)
  assert.equal(names.number('b'), number)
  assert.equal(names.text(number), 'b')
})

test('no number is that of no name', () => {
  const names = new Names()
  assert.notEqual(names.number('a'), NONE)
  assert.throws(() => names.text(NONE), /no name has the number 0/)
})
