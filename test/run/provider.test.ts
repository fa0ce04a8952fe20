import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSearch } from '#run/provider-folder.ts'
import { findProvider, providerFolder } from '#run/provider-folder.ts'
import { streamInput, streamValues } from '#run/provider-stream.ts'
import { providerTimeout } from '#run/provider-values.ts'

const search = (
  folders: Readonly<Record<string, readonly string[]>>,
  more: Partial<ProviderSearch> = {},
): ProviderSearch => ({
  environment: {},
  folder: '/work',
  standardFolders: ['/usr/local/lib/summon', '/opt/Providers'],
  takesUnnamed: false,
  list: (folder) => folders[folder],
  ...more,
})

test('a provider is named by the flag, else by the environment', () => {
  const environment = { SUMMON_PROVIDER: 'vault', SUMMON_PROVIDER_PATH: '/p' }
  assert.equal(findProvider(search({}, { environment })), '/p/vault')
  assert.equal(findProvider(search({}, { environment, named: 'aws' })), '/p/aws')
})

test('a name with a slash is a path, another one a file in the folder of providers', () => {
  assert.equal(findProvider(search({}, { named: './x/p' })), '/work/x/p')
  assert.equal(findProvider(search({}, { named: '/x/p' })), '/x/p')
  assert.equal(findProvider(search({ '/opt/Providers': [] }, { named: 'p' })), '/opt/Providers/p')
  assert.throws(() => findProvider(search({}, { named: 'p' })), {
    code: 'configuration',
    message: /^No provider directory found.*SUMMON_PROVIDER_PATH.*\/usr\/local\/lib\/summon/,
  })
})

test('nobody names a provider: our own client is asked, and under the name of Summon the only one there is', () => {
  const folders = { '/usr/local/lib/summon': ['vault'] }
  assert.equal(findProvider(search(folders)), undefined)
  const asSummon = { takesUnnamed: true }
  assert.equal(findProvider(search(folders, asSummon)), '/usr/local/lib/summon/vault')
  assert.equal(findProvider(search({}, asSummon)), undefined)
  assert.equal(findProvider(search({ '/usr/local/lib/summon': [] }, asSummon)), undefined)
})

test('of several providers one must be named, and a folder that was named must have one', () => {
  const environment = { SUMMON_PROVIDER_PATH: '/p' }
  assert.equal(findProvider(search({ '/p': ['a'] }, { environment })), '/p/a')
  assert.throws(() => findProvider(search({ '/p': ['a', 'b'] }, { environment })), {
    message: 'More than one provider found in `/p`, please specify one',
  })
  assert.throws(() => findProvider(search({ '/p': [] }, { environment })), {
    message: 'Could not resolve a provider!',
  })
})

test('our own provider is our own client, without a process between', () => {
  assert.equal(findProvider(search({}, { named: 'summon-strongroom' })), undefined)
  assert.equal(
    findProvider(search({}, { environment: { SUMMON_PROVIDER: 'strongroom' } })),
    undefined,
  )
  assert.equal(providerFolder(search({ '/opt/Providers': [] })), '/opt/Providers')
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const answered = (
  ids: readonly string[],
  stdout: string,
  more: { readonly stderr?: string; readonly fault?: string } = {},
): Readonly<Record<string, string>> | undefined => {
  const values = streamValues(ids, { stdout: Buffer.from(stdout), stderr: '', ...more })
  if (values === undefined) return undefined
  return Object.fromEntries([...values].map(([id, value]) => [id, value.toString()]))
}

test('ids go line by line, and none that would be two lines or no line', () => {
  assert.equal(streamInput(['a/b', 'c d']), 'a/b\nc d\n')
  assert.equal(streamInput(['a\nb']), undefined)
  assert.equal(streamInput(['']), undefined)
})

test('values come line by line in the order of the ids', () => {
  const lines = `${base64('1\n')}\r\n${base64('')}\n${base64('3')}\n`
  assert.deepEqual(answered(['a', 'b', 'c'], lines), { a: '1\n', b: '', c: '3' })
  assert.deepEqual(answered(['a'], base64('x')), { a: 'x' })
})

test('an answer that may belong to another id is not believed', () => {
  const two = `${base64('1')}\n${base64('2')}\n`
  assert.equal(answered(['a', 'b', 'c'], two), undefined)
  assert.equal(answered(['a'], two), undefined)
  assert.equal(answered(['a'], ''), undefined)
  assert.equal(answered(['a', 'b'], two, { fault: 'exit status 1' }), undefined)
  assert.equal(answered(['a', 'b'], `${base64('1')}\n\n`, { stderr: 'not found' }), undefined)
  assert.deepEqual(answered(['a', 'b'], two, { stderr: 'deprecated' }), { a: '1', b: '2' })
})

test('a provider that knows no stream is not mistaken for one', () => {
  assert.equal(answered(['a'], 'usage: provider ID\n'), undefined)
  assert.equal(answered(['a'], 'secret value\n'), undefined)
  // cat(1) repeats the ids, which may look like base64.
  assert.equal(answered(['path/key', 'pathkey1'], 'path/key\npathkey1\n'), undefined)
})

test('a provider has whole seconds to answer, a minute unless stated', () => {
  assert.equal(providerTimeout('5'), 5000)
  for (const text of [undefined, '', '0', '-1', '1.5', 'x', '1e9']) {
    assert.equal(providerTimeout(text), 60_000, text)
  }
})
