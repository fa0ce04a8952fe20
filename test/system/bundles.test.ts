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

for (const program of ['run', 'provider', 'cli', 'client/library']) {
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

test('run and the provider hold no parser of command lines: they are started for every process', () => {
  for (const program of ['run', 'provider']) {
    assert.ok(!modulesOf(program).some((source) => source.includes('node_modules/commander')))
  }
})

test('the thread that reads policies holds what reads policies: no keys, no database, no network', () => {
  const sources = modulesOf('policy-compiler')
  assert.ok(sources.includes('src/policy/compile.ts'))
  const foreign =
    /node_modules\/(?!yaml\/)|^src\/(?:app|storage|http|authn|audit|crypto|client|cli|run)\//
  assert.deepEqual(
    sources.filter((source) => foreign.test(source)),
    [],
  )
})

test('the page for passkeys lies beside the server, as it was written', () => {
  for (const file of ['page.html', 'page.js', 'page.css']) {
    assert.equal(
      readFileSync(`dist/mfa/${file}`, 'utf8'),
      readFileSync(`src/ui/mfa/${file}`, 'utf8'),
    )
  }
})
