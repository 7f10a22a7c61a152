// Directories for specs, removed when the process exits.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []

/** A fresh, empty directory. */
export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-spec-'))
  made.push(directory)
  return directory
}

process.on('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})
