import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, quoted } from '#lib/failure.ts'

test('a failure carries the status and exit code of its code', () => {
  const failure = new Failure('not_found', '`x` is not found')
  assert.equal(failure.status, 404)
  assert.equal(failure.exitCode, 6)
})

test('quoted input is cut to 80 characters and cannot move the terminal', () => {
  assert.equal(quoted('a\u001B[2Jb'), String.raw`${'`'}a\u001b[2Jb${'`'}`)
  assert.equal(quoted('x'.repeat(200)).length, 82)
})
