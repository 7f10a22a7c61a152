// The doorbell between processes: a file of one byte that every broker of a directory watches. A ring
// writes the byte when the turn ends, so that rings of one turn are one. A broker hears its own ring too,
// which costs it a look. Nobody polls: an idle directory costs nothing.
//
// The write is synchronous: it goes to the page cache and waits for no disk, while the threads of libuv's
// pool, which an asynchronous one would need, are those that wait for flushes (ADR 0038).

import { closeSync, constants, openSync, watch, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Doorbell } from './doorbell.ts'

const BYTE = Uint8Array.of(1)

export function fileDoorbell(directory: string): Doorbell {
  return new FileDoorbell(join(directory, 'doorbell'))
}

class FileDoorbell implements Doorbell {
  readonly #file: number
  readonly #listeners = new Set<() => void>()
  readonly #watcher
  #isRung = false
  #isClosed = false

  constructor(path: string) {
    this.#file = openSync(path, constants.O_WRONLY | constants.O_CREAT)
    this.#watcher = watch(path, () => {
      for (const onRing of this.#listeners) onRing()
    })
    // A watch that fails (limits, a vanished file) leaves the looks that listeners take by themselves.
    this.#watcher.on('error', () => this.#watcher.close())
  }

  ring(): void {
    if (this.#isClosed || this.#isRung) return
    this.#isRung = true
    queueMicrotask(() => this.#write())
  }

  listen(onRing: () => void): () => void {
    this.#listeners.add(onRing)
    return () => this.#listeners.delete(onRing)
  }

  close(): void {
    if (this.#isClosed) return
    this.#write()
    this.#isClosed = true
    this.#watcher.close()
    this.#listeners.clear()
    closeSync(this.#file)
  }

  #write(): void {
    if (!this.#isRung) return
    this.#isRung = false
    try {
      writeSync(this.#file, BYTE, 0, 1, 0)
    } catch {
      // A disk without room for one byte: listeners look by themselves.
    }
  }
}
