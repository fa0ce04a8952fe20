import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { authenticators } from '#authn/table.ts'
import { pages } from '../scripts/pages.ts'

test('every authenticator of the table has its page', () => {
  const parts = { outbound: { get: async () => new Uint8Array() }, now: () => 0 }
  for (const { type } of authenticators(parts)) {
    assert.ok(existsSync(`docs/authenticators/${type}.md`), `docs/authenticators/${type}.md`)
  }
})

test('the generated pages are what their tables say', () => {
  for (const [path, text] of Object.entries(pages())) {
    assert.equal(readFileSync(path, 'utf8'), text, `run node scripts/docs.ts: ${path}`)
  }
})

test('links within the documents lead somewhere', () => {
  for (const file of globSync(['*.md', 'docs/**/*.md', 'test/**/*.md'])) {
    const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.'
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(
      /\]\(([^)#:]+)(?:#[^)]*)?\)/g,
    )) {
      assert.ok(existsSync(`${folder}/${target}`), `${file} links to ${target}`)
    }
  }
})

test('no source file of ours names a folder of a developer, and none is a drawer', () => {
  for (const file of globSync(['src/**/*.ts', 'test/**/*.ts', 'scripts/*.ts'])) {
    assert.doesNotMatch(file, /(?:utils|helpers|common|misc|manager|types)\.ts$/)
  }
})
