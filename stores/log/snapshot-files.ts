// Snapshots as files beside the log, `snapshots/<name>` in its directory. Here they are bytes: which of
// them are whole the log says (log-snapshots.ts). A file is written once, under a name of its own, and
// never changed: one that no row of the log names is being written, or was left by who died then.
//
// Invariants: (1) a file can be proved, block by block, by the checksums that were taken of it when it was
// stored; (2) where the log is flushed for each commit, so is a file before the log names it. Elsewhere a
// loss of power may leave a part of one: then it is found damaged, and the log has the state.

import { statSync } from 'node:fs'
import { link, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { SnapshotBytes } from '#protocols/broker/broker'
import { engineError, isMissing } from '../engine/lmdb-errors.ts'
import { writeFile } from '../snapshot/write-file.ts'

/** What the bytes of a file must be. */
export interface FileFacts {
  readonly bytes: number
  /** CRC-32 of each block. */
  readonly checks: readonly number[]
}

const BLOCK_BYTES = 4 * 1024 * 1024

/** What is wrong with a file whose bytes are not the ones that were stored. */
export class FileDamaged extends Error {}

export class SnapshotFiles {
  readonly #directory: string
  readonly #isFlushed: boolean

  /** @param isFlushed whether what was stored is to outlive a loss of power */
  constructor(directory: string, isFlushed: boolean) {
    this.#directory = join(directory, 'snapshots')
    this.#isFlushed = isFlushed
  }

  /**
   * Makes a file of the bytes: of those that are one on the same file system, without copying them.
   * @throws MillraceError DISK_FULL, and what the source of the bytes throws
   */
  async store(name: string, bytes: SnapshotBytes): Promise<FileFacts> {
    const path = this.path(name)
    try {
      await mkdir(this.#directory, { recursive: true })
      if (bytes.file === undefined || !(await isLinked(bytes.file.path, path))) {
        await writeFile(path, bytes)
      }
      if (this.#isFlushed) await flush(path)
      const facts = { bytes: 0, checks: [] as number[] }
      for await (const block of blocksOf(path, reused())) {
        facts.bytes += block.length
        facts.checks.push(crc32(block))
      }
      return facts
    } catch (error) {
      throw engineError(error, this.#directory)
    }
  }

  /** The bytes of a file, each block proved before it is handed out. @throws FileDamaged */
  read(name: string, facts: FileFacts): AsyncGenerator<Uint8Array> {
    return proved(this.path(name), facts, () => Buffer.allocUnsafe(BLOCK_BYTES))
  }

  /** A copy of it, wherever that lies, as `read` does; each block is void when the next one is asked for. */
  prove(path: string, facts: FileFacts): AsyncGenerator<Uint8Array> {
    return proved(path, facts, reused())
  }

  path(name: string): string {
    return join(this.#directory, name)
  }

  /** Bytes of a file; null when there is none. */
  sizeOf(name: string): number | null {
    return statSync(this.path(name), { throwIfNoEntry: false })?.size ?? null
  }

  async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#directory)
    } catch (error) {
      // None was ever stored.
      if (isMissing(error)) return []
      throw error
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true })
  }
}

async function* proved(
  path: string,
  { bytes, checks }: FileFacts,
  room: () => Buffer,
): AsyncGenerator<Uint8Array> {
  let at = 0
  let index = 0
  try {
    for await (const block of blocksOf(path, room)) {
      if (crc32(block) !== checks[index++]) {
        throw new FileDamaged(`the block at byte ${at} is not what was stored`)
      }
      at += block.length
      yield block
    }
  } catch (error) {
    throw isMissing(error) ? new FileDamaged('its file is gone') : error
  }
  if (at !== bytes) throw new FileDamaged(`it has ${at} bytes of ${bytes}`)
}

/** @param room where a block is put; it is the caller's until the next one is asked for */
async function* blocksOf(path: string, room: () => Buffer): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r')
  try {
    for (;;) {
      const block = room()
      let length = 0
      while (length < block.length) {
        const { bytesRead } = await file.read(block, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      if (length > 0) yield block.subarray(0, length)
      if (length < block.length) return
    }
  } finally {
    await file.close()
  }
}

/** One buffer for all blocks: memory that is touched for the first time costs more than reading into it. */
function reused(): () => Buffer {
  const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  return () => buffer
}

/** Whether it could be: other file systems, and some mounts, refuse. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch {
    return false
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
