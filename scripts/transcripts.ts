import { readFileSync } from 'node:fs'

/** One command of a transcript: what a shell is told, and what comes of it. `…` stands for any text within a line. */
export interface Step {
  /** With its line breaks, when it has more lines than one. */
  readonly command: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Where the transcripts lie: one for each command, which shows its use, is tested, and stands on its page. */
export const TRANSCRIPTS = 'test/system/transcripts'

/** The path of the transcript of a command, from the root of the project. */
export const transcriptPath = (path: readonly string[]): string =>
  `${TRANSCRIPTS}/${path.join('-')}.txt`

/** The steps of a command's transcript. */
export const readTranscript = (path: readonly string[]): readonly Step[] =>
  parseTranscript(readFileSync(transcriptPath(path), 'utf8'))

/**
 * Reads a transcript: `$ ` begins a command and `> ` continues it, `2> ` is a line of the standard error stream, a number in brackets is
 * an exit code other than 0, and everything else is a line of the standard output.
 */
export function parseTranscript(text: string): readonly Step[] {
  const blocks = text.split(/^(?=\$ )/m).filter((block) => block !== '')
  return blocks.map((block) => {
    const [first = '', ...rest] = block.replace(/\n$/, '').split('\n')
    if (!first.startsWith('$ ')) throw new Error(`not the beginning of a command: ${first}`)
    const continued = rest.filter((line) => line.startsWith('> ')).map((line) => line.slice(2))
    const codes = rest.flatMap((line) => /^\[(\d+)\]$/.exec(line)?.[1] ?? [])
    const errors = rest.filter((line) => line.startsWith('2> ')).map((line) => line.slice(3))
    const output = rest.filter((line) => !/^(?:> |2> |\[\d+\]$)/.test(line))
    return {
      command: [first.slice(2), ...continued].join('\n'),
      stdout: linesOf(output),
      stderr: linesOf(errors),
      exitCode: Number(codes[0] ?? 0),
    }
  })
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
