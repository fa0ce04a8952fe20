/**
 * What Summon's users rely on, asked of our stand-in for it, and of the original as well when `STRONGROOM_TEST_SUMMON` is the path of one:
 * both must do the same. Only what a command line shows is compared.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Transcript } from './program.ts'
import { transcriptOf } from './program.ts'
import { startStandIn } from './stand-in-server.ts'

const binOf = (name: string): string => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url))

const original = process.env['STRONGROOM_TEST_SUMMON']

/** The command lines of the programs to ask, by their names. */
const SUMMONS: readonly (readonly [string, readonly [string, ...string[]]])[] = [
  ['ours', [process.execPath, binOf('summon.js')]],
  ...(original === undefined ? [] : [['original', [original]] as const]),
]

interface Shop extends AsyncDisposable {
  readonly folder: string
  readonly run: (
    summon: readonly [string, ...string[]],
    file: string,
    ...argv: readonly string[]
  ) => Promise<Transcript>
}

/** The scripted provider of Summon's own tests: it knows what lies in files, and arguments alone. */
const PROVIDER = `#!/bin/sh
case "$1" in
  very/secret/db-password) printf notSoSecret ;;
  env/production/db-password) printf fromProduction ;;
  certificate) printf -- '-----BEGIN-----\\nDATA\\n-----END-----' ;;
  empty) ;;
  *) echo "$1: no such secret" >&2; exit 1 ;;
esac
`

async function openShop(environment: Readonly<Record<string, string>> = {}): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'run-summon-'))
  await writeFile(join(folder, 'provider'), PROVIDER)
  await chmod(join(folder, 'provider'), 0o755)
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment }
  return {
    folder,
    run: async ([program, ...first], file, ...argv) => {
      await writeFile(join(folder, 'secrets.yml'), file)
      const child = spawn(program, [...first, ...argv], { cwd: folder, env, stdio: 'pipe' })
      return transcriptOf(child)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

interface Case {
  readonly name: string
  readonly file: string
  readonly argv: readonly string[]
  /** What the command prints. */
  readonly stdout?: string | RegExp
  /** The exit code; another than 0 where it is absent and nothing is printed. */
  readonly exitCode?: number
}

const PASSWORD = 'DB_PASSWORD: !var very/secret/db-password'
const p = ['-p', './provider']

const CASES: readonly Case[] = [
  {
    name: 'a secret',
    file: PASSWORD,
    argv: [...p, 'printenv', 'DB_PASSWORD'],
    stdout: 'notSoSecret\n',
  },
  { name: 'a literal', file: 'A: text', argv: [...p, 'printenv', 'A'], stdout: 'text\n' },
  {
    name: 'literals that YAML knows',
    file: 'A: 010\nB: 1.0\nC: yes\nD: 0x1F',
    argv: [...p, 'sh', '-c', 'echo "$A $B $C $D"'],
    stdout: '010 1.0 yes 0x1F\n',
  },
  {
    name: 'a substitution',
    file: 'DB: !var env/$ENVIRONMENT/db-password',
    argv: ['-D', 'ENVIRONMENT=production', ...p, 'printenv', 'DB'],
    stdout: 'fromProduction\n',
  },
  {
    name: 'dollars',
    file: 'PROFIT: $$ $$ $$',
    argv: [...p, 'printenv', 'PROFIT'],
    stdout: '$ $ $\n',
  },
  {
    name: 'a definition with an equals sign',
    file: 'A: $D',
    argv: ['-D', 'D=foo=bar', ...p, 'printenv', 'A'],
    stdout: 'foo=bar\n',
  },
  {
    name: 'a name that is not defined',
    file: 'A: $NOPE',
    argv: ['-D', 'ENV=x', ...p, 'printenv', 'A'],
  },
  { name: 'a secret that is missing', file: 'A: !var gone', argv: [...p, 'echo', 'started'] },
  {
    name: 'a missing secret that is ignored',
    file: `A: !var gone\n${PASSWORD}`,
    argv: ['-i', 'A', ...p, 'sh', '-c', 'echo "${A-unset} $DB_PASSWORD"'],
    stdout: 'unset notSoSecret\n',
  },
  {
    name: 'all missing secrets ignored',
    file: 'A: !var gone',
    argv: ['--ignore-all', ...p, 'sh', '-c', 'echo "${A-unset}"'],
    stdout: 'unset\n',
  },
  {
    name: 'a default for an empty value',
    file: "A: !var:default='x' empty",
    argv: [...p, 'printenv', 'A'],
    stdout: 'x\n',
  },
  {
    name: 'a literal in a file',
    file: 'A: !file text',
    argv: [...p, 'sh', '-c', 'cat "$A"'],
    stdout: 'text',
  },
  {
    name: 'a secret in a file',
    file: 'A: !file:var very/secret/db-password',
    argv: [...p, 'sh', '-c', 'cat "$A"'],
    stdout: 'notSoSecret',
  },
  {
    name: 'an env file',
    file: `${PASSWORD}\nCERTIFICATE: !var certificate`,
    argv: [...p, 'cat', '@SUMMONENVFILE'],
    stdout: 'CERTIFICATE="-----BEGIN-----\\nDATA\\n-----END-----"\nDB_PASSWORD=notSoSecret\n',
  },
  {
    name: 'a section over common',
    file: 'common:\n  A: 1\n  B: 1\nprod:\n  B: 2\n',
    argv: ['-e', 'prod', ...p, 'sh', '-c', 'echo "$A $B $SUMMON_ENV"'],
    stdout: '1 2 prod\n',
  },
  {
    name: 'a section that is not there',
    file: 'prod:\n  B: 2\n',
    argv: ['-e', 'dev', ...p, 'echo', 'started'],
  },
  {
    name: 'a file of several secrets as JSON',
    file: 'summon.files:\n  - path: ./out/s.json\n    format: json\n    secrets: {B: !var very/secret/db-password, A: text}',
    argv: [...p, 'cat', './out/s.json'],
    stdout: '{"A":"text","B":"notSoSecret"}',
  },
  {
    name: 'a file of several secrets as YAML',
    file: 'summon.files:\n  - path: out.yml\n    secrets: {B: !var very/secret/db-password, A: text}',
    argv: [...p, 'cat', 'out.yml'],
    stdout: '"A": "text"\n"B": "notSoSecret"',
  },
  {
    name: 'a file from a template',
    file: `summon.files:\n  - path: out.txt\n    template: |\n      {{- range .SecretsArray }}\n      {{ .Alias }}={{ .Value | b64enc }}\n      {{- end }}\n    secrets: {A: !var very/secret/db-password}`,
    argv: [...p, 'cat', 'out.txt'],
    stdout: /A=bm90U29TZWNyZXQ=\n$/,
  },
  {
    name: 'an exit code',
    file: 'A: x',
    argv: [...p, 'sh', '-c', 'exit 3'],
    stdout: '',
    exitCode: 3,
  },
  {
    name: 'a command that is not there',
    file: 'A: x',
    argv: [...p, 'no-such-command'],
    exitCode: 127,
  },
  { name: 'no command', file: 'A: x', argv: [...p], exitCode: 127 },
  { name: 'a version', file: '', argv: ['--version'], stdout: /\d+\.\d+\.\d+/ },
]

for (const [summon, command] of SUMMONS) {
  for (const { name, file, argv, stdout, exitCode } of CASES) {
    test(`${summon}: ${name}`, async () => {
      await using shop = await openShop()
      const found = await shop.run(command, file, ...argv)
      if (typeof stdout === 'string') assert.equal(found.stdout, stdout)
      if (stdout instanceof RegExp) assert.match(found.stdout, stdout)
      if (stdout === undefined) assert.ok(!found.stdout.includes('started'))
      if (exitCode !== undefined) assert.equal(found.exitCode, exitCode)
      else assert.equal(found.exitCode === 0, stdout !== undefined)
      for (const path of ['out/s.json', 'out.yml', 'out.txt']) {
        assert.ok(!existsSync(join(shop.folder, path)), path)
      }
    })
  }

  test(`${summon}: our provider serves it, by argument and in a stream, byte for byte`, async () => {
    await using server = await startStandIn()
    server.secrets
      .set('acme:variable:a', Buffer.from('one'))
      .set('acme:variable:b', Buffer.from('two\nlines'))
    await using shop = await openShop(server.environment)
    const provider = join(shop.folder, 'strongroom-provider')
    const line = `exec '${process.execPath}' '${binOf('summon-strongroom.js')}' "$@"`
    await writeFile(provider, `#!/bin/sh\n${line}\n`)
    await chmod(provider, 0o755)
    const script = 'echo "$A|$B"'
    const { stdout, stderr } = await shop.run(
      command,
      'A: !var a\nB: !var b',
      '-p',
      provider,
      'sh',
      '-c',
      script,
    )
    assert.equal(stderr, '')
    assert.equal(stdout, 'one|two\nlines\n')
    assert.equal(server.seen.filter(({ path }) => path === '/secrets').length, 1)
    const missing = await shop.run(command, 'A: !var gone', '-p', provider, 'echo', 'started')
    assert.notEqual(missing.exitCode, 0)
    assert.match(missing.stdout + missing.stderr, /CONJ00076E/)
  })
}

test('under the name of Summon a lone provider beside the program is used, as Summon does', async () => {
  await using shop = await openShop()
  const own = binOf('summon.js')
  const { stdout } = await shop.run(
    [
      'sh',
      '-c',
      `mkdir Providers && mv provider Providers && ln -s '${own}' summon && exec '${process.execPath}' ./summon printenv DB_PASSWORD`,
    ],
    PASSWORD,
  )
  assert.equal(stdout, 'notSoSecret\n')
})
