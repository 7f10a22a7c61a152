// A queue in an array that is reused: push at one end, shift at the other, no allocation once it has
// grown to its working size. The capacity is a power of two and doubles; nothing is allocated before
// the first push, so that an idle actor's lanes cost nothing.
//
// Invariant: slots outside [head, head + length) hold undefined, so that nothing is kept alive.

const FIRST_CAPACITY = 8

export class Ring<T> {
  #slots: (T | undefined)[] = []
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item
    this.#length++
  }

  /** The oldest item, or undefined when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#length--
    return item
  }

  #grow(): void {
    const slots: (T | undefined)[] = new Array(this.#slots.length * 2 || FIRST_CAPACITY)
    for (let i = 0; i < this.#length; i++) {
      slots[i] = this.#slots[(this.#head + i) & (this.#slots.length - 1)]
    }
    slots.fill(undefined, this.#length)
    this.#slots = slots
    this.#head = 0
  }
}
