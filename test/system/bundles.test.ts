import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

/** The modules of a program's bundle, which every run of these tests builds anew. */
function modulesOf(program: string): readonly string[] {
  const contents: unknown = JSON.parse(readFileSync('dist/contents.json', 'utf8'))
  assert.ok(typeof contents === 'object' && contents !== null && program in contents)
  return Object.entries(contents).flatMap(([name, modules]): string[] =>
    name === program && Array.isArray(modules) ? modules.map(String) : [],
  )
}

test('the server holds the database driver: the test below would see it elsewhere', () => {
  assert.ok(modulesOf('server').some((source) => source.startsWith('node_modules/pg/')))
})

for (const program of ['run', 'cli']) {
  test(`${program} holds nothing of the server's trunk`, () => {
    const sources = modulesOf(program)
    assert.notEqual(sources.length, 0)
    const foreign =
      /^node_modules\/(?:pg|jose|rou3|@peculiar)|^src\/(?:app|storage|http|authn|crypto|domain)\//
    assert.deepEqual(
      sources.filter((source) => foreign.test(source)),
      [],
    )
  })
}

test('run holds no parser of command lines: it is started for every process', () => {
  assert.ok(!modulesOf('run').some((source) => source.includes('node_modules/commander')))
})
