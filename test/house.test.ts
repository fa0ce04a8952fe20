import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AUTHENTICATORS } from '#authn/table.ts'
import { issuerKinds } from '#issuers/table.ts'
import { commandsIn } from '#cli/command.ts'
import { COMMANDS } from '#cli/table.ts'
import { CLI_PAGES } from '../scripts/cli-pages.ts'
import { pages } from '../scripts/pages.ts'
import { readTranscript, transcriptPath, TRANSCRIPTS } from '../scripts/transcripts.ts'

test('every authenticator of the table has its page', () => {
  for (const type of AUTHENTICATORS) {
    assert.ok(existsSync(`docs/authenticators/${type}.md`), `docs/authenticators/${type}.md`)
  }
})

test('every kind of issuer has its section, with each of its methods', () => {
  const page = readFileSync('docs/reference/dynamic-secrets.md', 'utf8')
  const outbound = { send: () => assert.fail('nobody is called') }
  for (const { type, methods } of issuerKinds({ outbound, now: () => 0 }).values()) {
    const title = `Issuers of the kind \`${type}\``
    const section = page.split(/^## /m).find((text) => text.startsWith(title))
    for (const method of methods.keys()) assert.ok(section?.includes(`\`${method}\``), method)
  }
})

test('the generated pages are what their tables say', () => {
  for (const [path, text] of Object.entries(pages())) {
    assert.equal(readFileSync(path, 'utf8'), text, `run node scripts/docs.ts: ${path}`)
  }
})

test('every page and every transcript of a command belongs to one that there is', () => {
  const known = new Set(Object.keys(pages()))
  for (const page of globSync(`${CLI_PAGES}/*.md`)) assert.ok(known.has(page), page)
  const transcripts = new Set(commandsIn(COMMANDS).map(({ path }) => transcriptPath(path)))
  for (const file of globSync(`${TRANSCRIPTS}/*.txt`)) assert.ok(transcripts.has(file), file)
})

test('the transcript of a command holds its examples', () => {
  for (const { path, command } of commandsIn(COMMANDS)) {
    const commands = readTranscript(path).map((step) => step.command)
    for (const example of command.examples) {
      assert.ok(
        commands.some((line) => line.includes(example)),
        example,
      )
    }
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

test('every failure code of the reference that we can say is asked for by a test', () => {
  const codesIn = (files: readonly string[], shape: RegExp): ReadonlySet<string> =>
    new Set(
      files.flatMap((file) =>
        Array.from(readFileSync(file, 'utf8').matchAll(shape), ([, code = '']) => code),
      ),
    )
  const tested = codesIn(globSync('test/**/*.ts'), /(?<!\d)(\d{5})[EDIW]/g)
  const said = codesIn(globSync('src/**/*.ts'), /CONJ(\d{5})[EDIW]/g)
  assert.deepEqual(
    [...said].filter((code) => !tested.has(code)),
    [],
  )
})
