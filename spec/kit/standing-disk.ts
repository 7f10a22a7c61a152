// A disk that stands still while it is told to: what is written is there for everybody to see, and is
// flushed when it goes on.

import type { CommitOptions, Engine } from '#stores/engine/engine'

export class StandingDisk {
  isStanding = false
  readonly #waiting: (() => void)[] = []

  /** The engine on this disk. */
  under(engine: Engine): Engine {
    return {
      table: (name) => engine.table(name),
      transact: (body) => engine.transact(body),
      commit: (body, options) => this.#commit(engine, body, options),
      usage: () => engine.usage(),
      copy: (directory) => engine.copy(directory),
      refresh: () => engine.refresh(),
      close: () => engine.close(),
    }
  }

  goOn(): void {
    this.isStanding = false
    for (const flushed of this.#waiting.splice(0)) flushed()
  }

  async #commit<T>(engine: Engine, body: () => T, options?: CommitOptions<T>): Promise<T> {
    const result = await engine.commit(body, options)
    if (this.isStanding && options?.isTransient !== true) {
      await new Promise<void>((flushed) => this.#waiting.push(flushed))
    }
    return result
  }
}
