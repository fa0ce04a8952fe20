import type { Carrier } from './child-output.ts'
import { formsOf, SHORTEST } from './mask/forms.ts'
import { writeMasked } from './mask/masked-output.ts'
import { createMasker } from './mask/masker.ts'
import type { Matcher } from './mask/matcher.ts'
import { createMatcher } from './mask/matcher.ts'
import { makeNamedPipe } from './mask/named-pipe.ts'
import type { Values } from './values.ts'

/** Takes the values of variables out of what a child prints. */
export interface Masking {
  /** Adds values, which count from now on; those before still do. */
  learn(values: Values): void
  readonly carrier: Carrier
}

/**
 * Nothing is masked yet. `say` is told of values that are too short to be masked; literals of the secrets file never are. `pipePath` is where
 * pipes are made, in a folder that nobody else can enter.
 */
export function openMasking(say: (text: string) => void, pipePath: string): Masking {
  const known = new Map<string, Buffer>()
  let matcher: Matcher = createMatcher([])
  return {
    learn(values) {
      for (const [{ key, from }, value] of values) {
        if (from.kind === 'literal') continue
        if (value.length < SHORTEST) say(`the value for ${key} is too short to be masked`)
        known.set(value.toString('latin1'), value)
      }
      matcher = createMatcher([...known.values()].flatMap(formsOf))
    },
    carrier: {
      makePipe: () => makeNamedPipe(pipePath),
      carry: (output, file) =>
        writeMasked(
          output,
          createMasker(() => matcher),
          file,
        ),
    },
  }
}
