import { nearest } from '#lib/nearest.ts'
import { shown } from './problems.ts'

/** So many names are compared for one policy: a hostile one could otherwise make its problems dear to explain. */
const COMPARED = 1000

/** Guesses what the misspelt names of one policy stand for. */
export class Suggestions {
  #left = COMPARED

  /** `rule`, and in front of it which of `words` may be meant. */
  advice(name: string, words: Iterable<string>, rule: string): string {
    const meant = nearest(name, this.#few(words))
    return meant === undefined ? rule : `did you mean ${shown(meant)}? ${rule}`
  }

  *#few(words: Iterable<string>): Generator<string> {
    for (const word of words) {
      if (this.#left === 0) return
      this.#left -= 1
      yield word
    }
  }
}
