// A disk that forgets what was not flushed, as disks do when their machine loses its power: a file system in a
// file. While everyone who uses it stands still the file is what the disk has got; what is beside it in the
// memory of the machine is lost. Needs the right to mount.

import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from './temp-dir.ts'

/** Of an LMDB file: which of its pages are the newest tree. */
const HEADS_BYTES = 2 * 4096
/** Seconds between flushes that nobody asked for: none within a law. */
const FLUSH_EVERY_S = 300

export class LossyDisk {
  readonly directory = tempDir()
  readonly #images = tempDir()
  #losses = 0

  private constructor(mib: number) {
    run('truncate', '-s', `${mib}M`, this.#image)
    run('mkfs.ext4', '-q', '-F', this.#image)
    this.#mount()
  }

  /** Null where no file may be mounted: not root, or no loop devices here. */
  static of(mib: number): LossyDisk | null {
    try {
      return new LossyDisk(mib)
    } catch {
      return null
    }
  }

  /**
   * Flushes the heads of every LMDB file and nothing they speak of: a system may flush pages in any order.
   * Everyone who uses the disk stands still.
   */
  flushHeads(): void {
    const files = readdirSync(this.directory, { encoding: 'utf8', recursive: true })
    for (const file of files.filter((name) => name.endsWith('data.mdb'))) {
      const opened = openSync(join(this.directory, file), constants.O_RDWR | constants.O_DSYNC)
      const heads = Buffer.alloc(HEADS_BYTES)
      const length = readSync(opened, heads, 0, HEADS_BYTES, 0)
      writeSync(opened, heads, 0, length, 0)
      closeSync(opened)
    }
  }

  /** What the disk has got by now; everyone who uses it stands still. */
  keep(): void {
    run('cp', '--sparse=always', this.#image, this.#imageAfter(this.#losses + 1))
  }

  /** Goes on, at the same place, with what was kept last. */
  losePower(): void {
    this.release()
    rmSync(this.#image)
    this.#losses++
    this.#mount()
  }

  release(): void {
    run('umount', '-l', this.directory)
  }

  #mount(): void {
    run('mount', '-o', `loop,commit=${FLUSH_EVERY_S}`, this.#image, this.directory)
  }

  get #image(): string {
    return this.#imageAfter(this.#losses)
  }

  #imageAfter(losses: number): string {
    return join(this.#images, `${losses}.img`)
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' })
}
