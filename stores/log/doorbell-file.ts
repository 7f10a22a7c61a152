// The doorbell between processes: a file of one byte that every broker of a directory watches. A ring
// writes the byte. At most one write is in flight; rings that come meanwhile become one more. A broker
// hears its own ring too, which costs it a look. Nobody polls: an idle directory costs nothing.

import { close, constants, openSync, watch, write } from 'node:fs'
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
  #isWriting = false
  #isRungAgain = false
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
    if (this.#isClosed) return
    if (this.#isWriting) this.#isRungAgain = true
    else this.#write()
  }

  listen(onRing: () => void): () => void {
    this.#listeners.add(onRing)
    return () => this.#listeners.delete(onRing)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watcher.close()
    this.#listeners.clear()
    if (!this.#isWriting) close(this.#file, ignore)
  }

  #write(): void {
    this.#isWriting = true
    this.#isRungAgain = false
    write(this.#file, BYTE, 0, 1, 0, () => {
      this.#isWriting = false
      if (this.#isClosed) close(this.#file, ignore)
      else if (this.#isRungAgain) this.#write()
    })
  }
}

function ignore(): void {}
