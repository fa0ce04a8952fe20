import { spawn } from 'node:child_process'
import { styleText } from 'node:util'

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number
  readonly output: string
}

/** Prints the steps of the demo as they happen. */
export interface Narrator {
  /** Announces a step: what it shows. */
  readonly step: (title: string) => void
  /** A remark on what was just shown. */
  readonly remark: (text: string) => void
  /**
   * Shows a `strongroom` command line and carries it out; what it prints is shown as it is, except for API keys. Throws when it ends otherwise than
   * expected, because then the demo does not show what it claims.
   */
  readonly run: (command: string, options?: RunOptions) => Promise<Outcome>
}

/** How a command is carried out. */
export interface RunOptions {
  /** The environment, besides that of the demo. */
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** How the command is expected to end; 0 unless said otherwise. */
  readonly code?: number
  /** What is shown instead of the command when that is not what a person would type. */
  readonly shown?: string
  /** At most so many lines of what it prints are shown. */
  readonly most?: number
}

/** A narrator whose `strongroom` is this checkout's. */
export function createNarrator(launcher: string, environment: NodeJS.ProcessEnv): Narrator {
  let steps = 0
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  return {
    step(title) {
      steps += 1
      say(`\n${styleText(['bold', 'cyan'], `${steps}. ${title}`)}`)
    },
    remark: (text) => say(styleText('dim', `   ${text}`)),
    async run(command, options = {}) {
      const { code = 0, shown = `strongroom ${command}`, stdin, most = 40 } = options
      say(styleText('yellow', `   $ ${shown}`))
      const outcome = await carryOut(launcher, command, {
        environment: { ...environment, ...options.environment },
        ...(stdin === undefined ? {} : { stdin }),
      })
      const lines = outcome.output.trimEnd().split('\n')
      for (const line of lines.slice(0, most)) if (line !== '') say(`     ${withoutKey(line)}`)
      if (lines.length > most) say(`     … ${lines.length - most} more lines`)
      if (outcome.code !== code) {
        throw new Error(`\`${shown}\` ended with ${outcome.code}, not with ${code}`)
      }
      return outcome
    },
  }
}

const withoutKey = (line: string): string =>
  line.replace(/("api_key": )"[^"]*"/, (_, name: string) => `${name}"…"`)

function carryOut(
  launcher: string,
  command: string,
  { environment, stdin }: { environment: NodeJS.ProcessEnv; stdin?: string },
): Promise<Outcome> {
  const child = spawn(process.execPath, [launcher, ...command.split(' ')], {
    env: environment,
    stdio: 'pipe',
  })
  child.stdin.end(stdin)
  let output = ''
  const collect = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
