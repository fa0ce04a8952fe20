/** Stands for no record, no name and no policy: records and names are numbered from 1. */
export const NONE = 0

/** A list of 32-bit integers that grows as it is written to; what was never written reads as {@link NONE}. */
export class Ints {
  #cells = new Int32Array(16)

  get(index: number): number {
    return this.#cells[index] ?? NONE
  }

  set(index: number, value: number): void {
    if (index >= this.#cells.length) this.#grow(index + 1)
    this.#cells[index] = value
  }

  #grow(length: number): void {
    const grown = new Int32Array(Math.max(length, Math.ceil(this.#cells.length * 1.5)))
    grown.set(this.#cells)
    this.#cells = grown
  }
}
