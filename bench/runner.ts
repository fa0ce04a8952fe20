import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createClient } from '#client/client.ts'
import type { Fixture } from './fixture.ts'
import { ms, row, say } from './print.ts'
import { median, timeOf } from './processes.ts'

const ROUNDS = 5
const VARIABLES = 500
const MASKED_BYTES = 100_000_000

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'strongroom.js')

const idOf = (index: number): string => `bench/runner/secret-${index}`

/** Prints lines as a program does that logs: each made for itself and written at once. */
const LOGGER = `
const { writeSync } = require('node:fs')
for (let line = 0, left = ${MASKED_BYTES}; left > 0; line += 1) {
  left -= writeSync(1, \`2026-01-01T12:00:00Z INFO request \${line} served path=/api/v1/things status=200 duration=12ms\\n\`)
}`

/** Prints lines that are there already, faster than any program makes them. */
const COPIER = `yes '2026-01-01T12:00:00Z INFO request served path=/api/v1/things status=200' | head -c ${MASKED_BYTES}`

/** What it costs to start a program with its secrets, and to mask what it prints. */
export async function runner(fixture: Fixture): Promise<void> {
  say('\nThe runner')
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bench-'))
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    CONJUR_APPLIANCE_URL: fixture.server.url,
    CONJUR_ACCOUNT: 'default',
    CONJUR_AUTHN_LOGIN: 'admin',
    CONJUR_AUTHN_API_KEY: fixture.adminKey,
  }
  await makeVariables(fixture)
  for (const count of [1, VARIABLES]) {
    const entries = Array.from({ length: count }, (_, at) => `K${at}: !var ${idOf(at)}\n`)
    await writeFile(join(folder, `${count}.yml`), entries.join(''))
  }
  const run = (count: number): readonly [string, ...string[]] =>
    [process.execPath, LAUNCHER, 'run', '-f', join(folder, `${count}.yml`)] as const
  await starts(fixture, run, environment)
  await masking([...run(1)], environment)
  await rm(folder, { recursive: true })
}

async function makeVariables(fixture: Fixture): Promise<void> {
  const client = clientFor(fixture)
  const lines = Array.from({ length: VARIABLES }, (_, at) => `- !variable ${idOf(at)}\n`)
  await client.loadPolicy({ branch: 'root', text: lines.join(''), mode: 'load' })
  for (let at = 0; at < VARIABLES; at += 1) {
    await client.setSecret(idOf(at), Buffer.from(`value of secret ${at}, 32 bytes or so`))
  }
  client.close()
}

const clientFor = ({ server, adminKey }: Fixture): ReturnType<typeof createClient> =>
  createClient({
    url: server.url,
    account: 'default',
    credentials: { kind: 'apiKey', login: 'admin', key: adminKey },
  })

async function starts(
  fixture: Fixture,
  run: (count: number) => readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const options = { runs: 15, environment }
  const alone = await timeOf(['true'], options)
  const empty = await timeOf([process.execPath, '-e', '0'], options)
  const whole = await timeOf([...run(1), '--', 'true'], options)
  const trips = await roundTrips(fixture)
  row('true', ms(alone))
  row('node -e 0', ms(empty))
  row('strongroom run -- true, round trips included', ms(whole))
  row('the round trips alone: log-in and one value', ms(trips))
  row('over node -e 0, round trips apart', ms(whole - empty - trips), 'at most 120 ms')
  row(
    `with ${VARIABLES} variables, round trips included`,
    ms(await timeOf([...run(VARIABLES), 'true'], options)),
  )
  const requests = await requestsOf([...run(VARIABLES), 'true'], environment)
  row(`requests for ${VARIABLES} variables, log-in included`, String(requests), 'at most 2')
}

async function roundTrips(fixture: Fixture): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 15; round += 1) {
    const client = clientFor(fixture)
    const began = performance.now()
    await client.secrets([idOf(0)])
    times.push(performance.now() - began)
    client.close()
  }
  return median(times)
}

/** How many requests a run makes, as its `--debug` shows them. */
async function requestsOf(
  [program, launcher = '', name = '', ...rest]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, [launcher, name, '-d', ...rest], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return (await text(child.stderr)).split('\n').filter((line) => line.startsWith('strongroom: '))
    .length
}

async function masking(run: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  for (const [name, command, bound] of [
    ['100 MB of a program that logs', [process.execPath, '-e', LOGGER], 'at least 0.85'],
    ['100 MB that are only copied', ['sh', '-c', COPIER], ''],
  ] as const) {
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const plain = await printingTime([...run, '--', ...command], environment)
      const masked = await printingTime([...run, '--mask', '--', ...command], environment)
      ratios.push(plain / masked)
    }
    row(`${name}: throughput with --mask to without`, median(ratios).toFixed(2), bound)
  }
}

/** How long a command takes to print everything to somebody who reads it. */
async function printingTime(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = command
  const began = performance.now()
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let size = 0
  child.stdout.on('data', (chunk: Buffer) => (size += chunk.length))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 || size < MASKED_BYTES) throw new Error(`a command ended with ${code}`)
  return performance.now() - began
}
