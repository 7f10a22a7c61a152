// A disk of its own that is quickly full. Needs the right to mount one.

import { execFileSync } from 'node:child_process'
import { tempDir } from './temp-dir.ts'

export interface SmallDisk {
  readonly directory: string
  resize(mib: number): void
  release(): void
}

/** Null where nothing may be mounted: not root, or no such file system here. */
export function smallDisk(mib: number): SmallDisk | null {
  const directory = tempDir()
  const size = (mib: number): string => `size=${mib}m`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', size(mib), 'none', directory], { stdio: 'pipe' })
  } catch {
    return null
  }
  return {
    directory,
    resize: (mib) => void execFileSync('mount', ['-o', `remount,${size(mib)}`, directory]),
    release: () => void execFileSync('umount', ['-l', directory]),
  }
}
