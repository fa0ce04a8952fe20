import { Ints, NONE } from './ints.ts'

/**
 * Texts numbered from 1, so that millions of rows can mention them at four bytes each. Every mention is counted; a text
 * that nothing mentions any more is forgotten and its number given to another, so hosts that come and go leave nothing.
 */
export class Names<Text extends string> {
  readonly #numbers = new Map<Text, number>()
  readonly #texts: (Text | undefined)[] = [undefined]
  readonly #mentions = new Ints()
  readonly #free: number[] = []

  /** The number of `text`, `NONE` when nothing mentions it. */
  find(text: Text): number {
    return this.#numbers.get(text) ?? NONE
  }

  /** The text of a number that is in use; any other number is a bug. */
  text(number: number): Text {
    const text = this.#texts[number]
    if (text === undefined) throw new Error(`no name has the number ${number}`)
    return text
  }

  /** The number of `text`, which gets one when it has none. The caller mentions it next, or it is never forgotten. */
  number(text: Text): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#free.pop() ?? this.#texts.length
    this.#texts[number] = text
    this.#numbers.set(text, number)
    return number
  }

  /** Counts one more mention. */
  mention(number: number): void {
    this.#mentions.set(number, this.#mentions.get(number) + 1)
  }

  /** Counts one mention less, and forgets the text with its last one. */
  release(number: number): void {
    const left = this.#mentions.get(number) - 1
    this.#mentions.set(number, left)
    if (left > 0) return
    this.#numbers.delete(this.text(number))
    this.#texts[number] = undefined
    this.#free.push(number)
  }
}
