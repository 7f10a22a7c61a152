// The doorbell: how brokers on one log wake one another. A ring says "look", nothing more; it may be
// folded with others or lost, so listeners also look by themselves now and then.

export interface Doorbell {
  /** Wakes the others, soon. Cheap to call often. */
  ring(): void
  /** Calls `onRing` after others rang; may also be called for one's own ring. */
  listen(onRing: () => void): () => void
  close(): void
}

/** A hall with doorbells: for brokers over one memory, and for a broker alone. */
export class DoorbellHall {
  readonly #doors = new Set<Set<() => void>>()

  door(): Doorbell {
    const mine = new Set<() => void>()
    this.#doors.add(mine)
    return {
      ring: () => {
        for (const others of this.#doors) {
          if (others === mine) continue
          for (const onRing of others) onRing()
        }
      },
      listen: (onRing) => {
        mine.add(onRing)
        return () => mine.delete(onRing)
      },
      close: () => {
        this.#doors.delete(mine)
      },
    }
  }
}
