// Numbers drawn for one event: seeded by the event's number, so that any event can be made without
// those before it, and the same one is the same everywhere. The generator is splitmix32.

export class Draws {
  #state = 0

  /** Begins the draws of an event, or of anything else that has a number. */
  begin(n: number): void {
    const low = Math.imul(n ^ 0x5bd1e995, 0x9e3779b1)
    this.#state = low ^ Math.imul(Math.trunc(n / 2 ** 32), 0x85ebca6b)
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor((this.#next() / 2 ** 32) * bound)
  }

  /** From 0 to below 1, with 53 bits. */
  unit(): number {
    const high = this.#next() * 2 ** 21
    return (high + (this.#next() >>> 11)) / 2 ** 53
  }

  /** One of several. */
  oneOf(values: readonly string[]): string {
    return values[this.below(values.length)] ?? ''
  }

  /** 32 bits. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}
