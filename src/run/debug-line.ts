import { goQuote } from './go-quote.ts'

/** What a line of `--debug` says besides its message; never a value. */
export type DebugFacts = Readonly<Record<string, string | number>>

/** A line of `--debug` in the form that Summon has (reference/broker-run-cli.md C.1). */
export const debugLine = (now: Date, message: string, facts: DebugFacts): string =>
  [['time', now.toISOString()], ['level', 'DEBUG'], ['msg', message], ...Object.entries(facts)]
    .map(([name = '', fact = '']) => `${name}=${plain(String(fact))}`)
    .join(' ')
    .concat('\n')

const plain = (text: string): string => (/^[^\s"=\p{C}]+$/u.test(text) ? text : goQuote(text))
