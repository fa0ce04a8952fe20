import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRunArguments } from '#run/arguments.ts'
import type { FoundFile } from '#run/locate.ts'
import { findSecrets } from '#run/locate.ts'

const find = (argv: readonly string[], files: Readonly<Record<string, string>>): FoundFile =>
  findSecrets(parseRunArguments(argv), '/home/a/b', (path) => files[path])

test('text on the command line needs no file', () => {
  assert.deepEqual(find(['--yaml', 'A: 1'], {}), { where: 'inline YAML', text: 'A: 1' })
})

test('the nearest file upwards is taken', () => {
  const files = { '/home/secrets.yml': 'far', '/home/a/secrets.yml': 'near' }
  assert.deepEqual(find(['--up'], files), { where: '/home/a/secrets.yml', text: 'near' })
  assert.deepEqual(find(['--up', '-f', 'x.yml'], { '/x.yml': 'top' }), {
    where: '/x.yml',
    text: 'top',
  })
})

test('a file that is not there is said to be so, with what to do', () => {
  assert.throws(() => find([], {}), { message: 'there is no file `secrets.yml`', hint: /--up/ })
  assert.throws(() => find(['-f', 'x.yml'], {}), {
    message: 'there is no file `x.yml`',
    hint: /-f/,
  })
  assert.throws(() => find(['--up'], {}), {
    message: 'unable to locate file specified (`secrets.yml`): reached root of file system',
  })
  assert.throws(() => find(['--up', '-f', '/x.yml'], {}), {
    message: 'file specified (`/x.yml`) is an absolute path: will not recurse up',
  })
})
