/**
 * Questions to a person: asked on the standard error stream, answered on the standard input stream, so that the output stays
 * clean. Only where that input is a terminal; a program is never asked.
 */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Failure } from '#lib/failure.ts'
import type { CliSurroundings } from './surroundings.ts'

/** Somebody who can be asked. Both methods throw `usage` when the answer is refused by Ctrl-C or Ctrl-D. */
export interface Terminal {
  ask(question: string): Promise<string>
  /** The same without showing what is typed. */
  askHidden(question: string): Promise<string>
}

/** The terminal that the program runs on; `undefined` when its input comes from elsewhere. */
export function openTerminal(
  surroundings: Pick<CliSurroundings, 'stdin' | 'stderr'>,
): Terminal | undefined {
  if (surroundings.stdin.isTTY !== true) return undefined
  const { stdin, stderr } = surroundings
  return {
    ask: (question) => answerTo(question, stdin, stderr),
    async askHidden(question) {
      // Asked only once the input is read without echo: whoever answers at once is not shown either.
      const answer = answerTo('', stdin, new Silence())
      stderr.write(question)
      try {
        return await answer
      } finally {
        stderr.write('\n')
      }
    },
  }
}

/** Takes the echo of what is typed. */
class Silence extends Writable {
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done()
  }
}

function answerTo(
  question: string,
  stdin: CliSurroundings['stdin'],
  output: Writable,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 })
  lines.once('close', () => reject(new Failure('usage', 'no answer was given')))
  lines.question(question, (answer) => {
    resolve(answer)
    lines.close()
  })
  return promise
}
