/** What may be typed besides commands, and what it does. */
export const WORDS = {
  hint: 'show the commands of the step',
  skip: 'have the step done for you',
  back: 'go to the step before',
  quit: 'leave; the next start goes on here',
  help: 'show this',
} as const

/** One of {@link WORDS}. */
export type Word = keyof typeof WORDS

/** The word that a line is; `undefined` for a command. */
export function wordIn(line: string): Word | undefined {
  const word = line.trim()
  return isWord(word) ? word : undefined
}

const isWord = (text: string): text is Word => Object.hasOwn(WORDS, text)

/** Whether a line goes on in the next one, as in a shell. */
export const isUnfinished = (line: string): boolean => /(?:\||\\|&&)\s*$/.test(line)
