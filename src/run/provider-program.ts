import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, quoted } from '#lib/failure.ts'
import type { OwnClient } from './surroundings.ts'
import type { Resolve } from './values.ts'

/** What our provider needs from where it runs. */
export interface ProviderSurroundings {
  readonly version: string
  readonly stdin: Readable
  readonly stdout: Writable
  readonly client: (options: { readonly debug: boolean }) => Promise<OwnClient>
  readonly tell: (error: unknown) => void
}

const USAGE = `Usage: summon-strongroom [flags] [ID]

A provider for Summon. Prints the value of a variable; without an ID it reads ids, one a line, and answers each
with a line of base64, in their order.

  -v, --verbose   show requests on the standard error stream, never values
  -V, --version   show the version
  -h, --help      show this text
`

/** How long no id may arrive before those that did are looked up together, in milliseconds. */
const QUIET_MS = 10

/**
 * A provider for the original Summon, which speaks both of its protocols (reference/broker-run-cli.md C.5): an id as argument, or ids on the
 * standard input. Answers with the exit code: 0, or 1 after a failure, which is told on the standard error stream and nowhere else.
 */
export async function provide(
  argv: readonly string[],
  surroundings: ProviderSurroundings,
): Promise<number> {
  const { stdout, version, tell } = surroundings
  try {
    const words = argv.filter((word) => !word.startsWith('-'))
    const flags = new Set(argv.filter((word) => word.startsWith('-')))
    if (flags.has('-h') || flags.has('--help')) stdout.write(USAGE)
    else if (flags.has('-V') || flags.has('--version')) stdout.write(`${version}\n`)
    else await answer(words, flags.has('-v') || flags.has('--verbose'), surroundings)
    return 0
  } catch (error) {
    tell(error)
    return 1
  }
}

async function answer(
  words: readonly string[],
  debug: boolean,
  surroundings: ProviderSurroundings,
): Promise<void> {
  const [id, ...others] = words
  if (others.length > 0) {
    throw new Failure('usage', 'one id is expected', { hint: 'see `summon-strongroom --help`' })
  }
  const client = await surroundings.client({ debug })
  try {
    if (id === undefined) await answerStream(client, surroundings)
    else surroundings.stdout.write(valueOf(await client.resolve([id]), id))
  } finally {
    client.close()
  }
}

async function answerStream(
  client: OwnClient,
  { stdin, stdout }: ProviderSurroundings,
): Promise<void> {
  client.leaveTerminal()
  for await (const ids of batches(stdin)) {
    if (ids.includes('')) throw new Failure('usage', 'Failed to retrieve variable from stdin')
    const found = await client.resolve([...new Set(ids)])
    const lines = ids.map((id) => `${valueOf(found, id).toString('base64')}\n`)
    stdout.write(lines.join(''))
  }
}

/**
 * The lines of a stream, those together that arrive together: whoever sends ids may wait for their answers before it ends.
 *
 * @yields at least one line
 */
async function* batches(stream: Readable): AsyncGenerator<readonly string[], void> {
  const queue = {
    lines: new Array<string>(),
    hasEnded: false,
    arrival: Promise.withResolvers<void>(),
  }
  createInterface({ input: stream })
    .on('line', (line) => {
      queue.lines.push(line)
      queue.arrival.resolve()
    })
    .once('close', () => {
      queue.hasEnded = true
      queue.arrival.resolve()
    })
  while (!queue.hasEnded || queue.lines.length > 0) {
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other
    await queue.arrival.promise
    // oxlint-disable-next-line no-await-in-loop
    if (!queue.hasEnded) await sleep(QUIET_MS)
    if (!queue.hasEnded) queue.arrival = Promise.withResolvers<void>()
    const lines = queue.lines.splice(0)
    if (lines.length > 0) yield lines
  }
}

/** Throws why there is none. */
function valueOf(found: Awaited<ReturnType<Resolve>>, id: string): Buffer {
  const outcome = found.get(id) ?? new Failure('not_found', 'no answer')
  if (!(outcome instanceof Failure)) return outcome
  throw new Failure(outcome.code, `${quoted(id)}: ${outcome.message}`, {
    cause: outcome,
    ...(outcome.hint === undefined ? {} : { hint: outcome.hint }),
  })
}
