/** So many warnings of one kind a load answers with. */
const MOST = 100

/** What an author may not expect: the first of many, and how many more there are. */
export class Warnings {
  readonly #texts: string[] = []
  #more = 0

  /** Adds a warning, whose text is made only if it is told. */
  add(text: () => string): void {
    if (this.#texts.length < MOST) this.#texts.push(text())
    else this.#more += 1
  }

  /** The warnings, in the order in which they came. */
  list(): readonly string[] {
    return this.#more === 0
      ? this.#texts
      : [...this.#texts, `${this.#more} more statements have no effect`]
  }
}
