// millrace version: what runs here, for a report of a fault: this package, Node, and the libraries that
// touch disk and network.

import { existsSync, readFileSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { version } from '../process/version.ts'
import type { VersionDocument } from './documents.ts'
import { printJson, printLine } from './print.ts'
import { jsonOption } from './target.ts'

const EXAMPLES = `
Examples:
  millrace version
  millrace version --json`

export function addVersion(program: Command): void {
  program
    .command('version')
    .description('versions of millrace, Node, and what touches disk and network')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(({ json }: { json?: boolean }) => {
      const document = versions()
      if (json) return printJson(document)
      for (const [name, value] of Object.entries(document)) printLine(`${name.padEnd(10)}${value}`)
    })
}

export const versions = (): VersionDocument => ({
  millrace: version(),
  node: process.versions.node,
  lmdb: versionOf('lmdb'),
  nats: versionOf('nats'),
  xstate: versionOf('xstate'),
  system: `${platform()} ${release()} ${arch()}`,
})

/** Of a package as it is installed; not every one exports its package.json, so it is looked for. */
function versionOf(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.resolve(name)))
  while (folder !== dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) {
      // npm holds packages to having these, but for those inside that only tell a module's kind.
      const found = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
      if (found.name === name && found.version !== undefined) return found.version
    }
    folder = dirname(folder)
  }
  return 'unknown'
}
