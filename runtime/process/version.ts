// The version of the package that this file belongs to.

import { readFileSync } from 'node:fs'

/** From source the package is two folders up, from dist three. */
export function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      // npm holds packages to having a version.
      const { version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        version: string
      }
      return version
    } catch {
      // Not there: the other one is.
    }
  }
  return 'unknown'
}
