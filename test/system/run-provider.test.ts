import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Transcript } from './program.ts'
import { runProgram } from './program.ts'
import { startStandIn } from './stand-in-server.ts'

/** A folder with providers, and how a program is run that finds them. */
interface Workshop extends AsyncDisposable {
  readonly folder: string
  readonly run: (
    argv: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ) => Promise<Transcript>
}

/** Each provider is a script of the shell. */
async function workshop(providers: Readonly<Record<string, string>>): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'run-provider-'))
  await mkdir(join(folder, 'providers'))
  for (const [name, script] of Object.entries(providers)) {
    const path = join(folder, 'providers', name)
    await writeFile(path, `#!/bin/sh\n${script}\n`)
    await chmod(path, 0o755)
  }
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    SUMMON_PROVIDER_PATH: join(folder, 'providers'),
  }
  return {
    folder,
    run: (argv, environment = {}) =>
      runProgram('run', argv, { environment: { ...base, ...environment }, folder }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** Knows arguments alone, and says so when it gets none. Writes down how it was called. */
const LEGACY = `
echo "$#" >> calls
[ $# = 1 ] || { echo "usage: legacy ID" >&2; exit 1; }
case "$1" in
  gone) echo "no such secret: gone" >&2; exit 3 ;;
  lines) printf ' a\\nb\\n\\n' ;;
  *) echo "value of $1" ;;
esac`

/** Answers ids on its standard input, and counts how often it is started. */
const STREAM = `
echo "$#" >> calls
while read -r id; do printf 'value of %s' "$id" | base64; done`

const TWO = 'A: !var a\nB: !var b/c'
const show = ['sh', '-c', 'echo "$A|$B"']

test('a provider that knows arguments alone is asked for each variable', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const { stdout, stderr, exitCode } = await shop.run(['-p', 'legacy', '--yaml', TWO, ...show])
  assert.equal(stderr, '')
  assert.equal(stdout, 'value of a|value of b/c\n')
  assert.equal(exitCode, 0)
  assert.equal(await readFile(join(shop.folder, 'calls'), 'utf8'), '0\n1\n1\n')
})

test('a provider that knows streams is started once for all variables', async () => {
  await using shop = await workshop({ stream: STREAM })
  const { stdout } = await shop.run(['--yaml', TWO, ...show])
  assert.equal(stdout, 'value of a|value of b/c\n')
  assert.equal(await readFile(join(shop.folder, 'calls'), 'utf8'), '0\n')
})

test('500 variables come from one process in order', async () => {
  await using shop = await workshop({ stream: STREAM })
  const file = Array.from({ length: 500 }, (_, at) => `K${at}: !var id/${at}`).join('\n')
  await writeFile(join(shop.folder, 'secrets.yml'), file)
  const { stdout } = await shop.run(['sh', '-c', 'echo "$K0|$K103|$K499"'])
  assert.equal(stdout, 'value of id/0|value of id/103|value of id/499\n')
  assert.equal(await readFile(join(shop.folder, 'calls'), 'utf8'), '0\n')
})

test('a provider that is never asked is never started', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const { stdout } = await shop.run(['--yaml', 'A: x\nB: y', ...show])
  assert.equal(stdout, 'x|y\n')
  await assert.rejects(readFile(join(shop.folder, 'calls')), { code: 'ENOENT' })
})

test('of what a provider prints for one variable one line break at the end goes', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const script = 'printf "%s" "$A" | od -An -c'
  const { stdout } = await shop.run(['--yaml', 'A: !var lines', 'sh', '-c', script])
  assert.equal(stdout.trim(), String.raw`a  \n   b  \n`)
})

test('a provider that streams keeps every byte', async () => {
  await using shop = await workshop({
    stream: "while read -r id; do printf '\\n\\377 \\n' | base64; done",
  })
  const { stdout } = await shop.run(['--yaml', 'A: !var:file a', 'sh', '-c', 'od -An -tx1 "$A"'])
  assert.equal(stdout.trim(), '0a ff 20 0a')
})

test('what a provider refuses is told in its words, and nothing starts, unless it may be missing', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const argv = ['--yaml', 'A: !var gone\nB: !var b', ...show]
  const { stdout, stderr, exitCode } = await shop.run(argv)
  assert.equal(exitCode, 127)
  assert.equal(stdout, '')
  assert.equal(
    stderr,
    'strongroom: Error fetching secret: `gone` for `A`: exit status 3: no such secret: gone\n',
  )
  for (const flag of ['--ignore=A', '--ignore=gone', '-I']) {
    assert.equal((await shop.run([flag, ...argv])).stdout, '|value of b\n', flag)
  }
})

test('a provider is found by path, and one that is not there or is no program is said to be so', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const path = join(shop.folder, 'providers', 'legacy')
  assert.equal((await shop.run(['-p', path, '--yaml', TWO, ...show])).exitCode, 0)
  assert.equal((await shop.run(['-p', './providers/legacy', '--yaml', TWO, ...show])).exitCode, 0)
  await chmod(path, 0o644)
  for (const [name, reason] of [
    ['legacy', 'permission denied'],
    ['gone', 'there is no such program'],
  ] as const) {
    const { stderr, exitCode } = await shop.run(['-p', name, '--yaml', TWO, ...show])
    assert.match(
      stderr,
      new RegExp(`^strongroom: the provider \`.*${name}\`: ${reason}\n {2}check -p`),
    )
    assert.equal(exitCode, 127)
  }
})

test('a provider that hangs is stopped in time, floods or dies: nothing starts, whatever may be missing', async () => {
  await using shop = await workshop({
    hangs: 'exec sleep 60',
    floods: 'exec cat /dev/zero',
    dies: 'kill -KILL $$',
  })
  const limits = { CONJUR_HTTP_TIMEOUT: '1' }
  const run = (provider: string, ...flags: readonly string[]): Promise<Transcript> =>
    shop.run([...flags, '-p', provider, '--yaml', TWO, 'touch', 'started'], limits)
  const hung = await run('hangs', '-I')
  assert.match(hung.stderr, /hangs` did not answer within 1 seconds\n {2}.*CONJUR_HTTP_TIMEOUT\n$/)
  assert.equal(hung.exitCode, 127)
  assert.match((await run('floods', '-I')).stderr, /(?:printed more than 64 MiB|did not answer)/)
  assert.match((await run('dies')).stderr, /Error fetching secret: `a` for `A`: signal: SIGKILL/)
  await assert.rejects(readFile(join(shop.folder, 'started')), { code: 'ENOENT' })
})

test('a provider that has answered everything and does not end is not waited for', async () => {
  await using shop = await workshop({
    lingers: 'while read -r id; do echo dmFsdWU=; done; exec sleep 60',
  })
  const { stdout, exitCode } = await shop.run(['--yaml', TWO, ...show])
  assert.equal(stdout, 'value|value\n')
  assert.equal(exitCode, 0)
})

test('-V shows what each provider says of its version', async () => {
  await using shop = await workshop({
    good: 'echo "1.2.3"',
    silent: 'exit 0',
    failing: 'echo 1; exit 1',
  })
  const { stdout, exitCode } = await shop.run(['-V'])
  assert.equal(exitCode, 0)
  assert.equal(
    stdout,
    `Provider versions in ${join(shop.folder, 'providers')}:\nfailing: unknown version\ngood version 1.2.3\nsilent: unknown version\n`,
  )
})

test('--debug has the lines of Summon, with the provider and without values', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const { stderr } = await shop.run(['-d', '--yaml', 'A: !var gone\nB: !var b', ...show])
  assert.match(stderr, /level=DEBUG msg="Loading summon configuration" filename="inline YAML"\n/)
  assert.match(stderr, /level=DEBUG msg="Fetching secrets" count=2 provider=\S+\/legacy\n/)
  assert.match(stderr, /level=DEBUG msg="Error fetching secret" name=A error="exit status 3: /)
  assert.ok(!stderr.includes('value of'))
})

test('`fallback`: there is none for a provider', async () => {
  await using shop = await workshop({ legacy: LEGACY })
  const { stderr, exitCode } = await shop.run(['--fallback', '--yaml', TWO, ...show])
  assert.match(stderr, /^strongroom: there is no --fallback for a provider\n/)
  assert.equal(exitCode, 127)
})

test('our own provider answers an argument with the value, byte for byte', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:db/password', Buffer.from('c4n4ry\n'))
  const found = await runProgram('provider', ['db/password'], server)
  assert.deepEqual(found, { exitCode: 0, signal: null, stdout: 'c4n4ry\n', stderr: '' })
  const missing = await runProgram('provider', ['db/gone'], server)
  assert.equal(missing.exitCode, 1)
  assert.equal(missing.stdout, '')
  assert.match(missing.stderr, /^strongroom: `db\/gone`: CONJ00076E /)
})

test('our own provider answers ids on its standard input from one request', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('1\n')).set('acme:variable:b', Buffer.from([0]))
  const { stdout, stderr } = await runProgram('provider', [], { ...server, input: 'a\nb\n' })
  assert.equal(stderr, '')
  assert.equal(stdout, 'MQo=\nAA==\n')
  assert.equal(server.seen.filter(({ path }) => path === '/secrets').length, 1)
})
