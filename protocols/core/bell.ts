// Waiting of whoever follows something: for what it reads to have more, or for the end.

/** Rung by any of several readers, before somebody waits or after, and stopped for good. */
export class Bell {
  #isRung = false
  #isStopped = false
  #wake: (() => void) | null = null

  get isStopped(): boolean {
    return this.#isStopped
  }

  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  stop(): void {
    this.#isStopped = true
    this.ring()
  }

  async wait(): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#isRung = false
    this.#wake = null
  }
}
