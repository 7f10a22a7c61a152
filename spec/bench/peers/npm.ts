// Peers of npm over the broker that Kafka Streams gets too (npm/): installed where they leave nothing, as
// nothing else here needs them.

import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { tempDir } from '../../kit/temp-dir.ts'
import { Speaker } from './processes.ts'

const PROJECT = fileURLToPath(new URL('./npm/', import.meta.url))

/** Programs of npm/. */
export type NpmPeer = 'platformatic' | 'kafkats'

/** A directory with them and what they import. */
export function installPeers(): string {
  const directory = tempDir()
  cpSync(PROJECT, directory, { recursive: true })
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return directory
}

export interface NpmProgram {
  /** Where they are installed. */
  readonly directory: string
  readonly peer: NpmPeer
  readonly guarantee: 'exactly-once' | 'at-least-once'
}

/** A process of one, over the topics of a broker. */
export function startPeer(
  bootstrap: string,
  topology: string,
  { directory, peer, guarantee }: NpmProgram,
): Speaker {
  const program = join(directory, `${peer}.mjs`)
  return new Speaker(process.execPath, [program, bootstrap, topology, guarantee])
}
