// The programs `nats-server` on this machine: the one that the system has, on which every law about NATS
// runs, and others, on which the laws run that must hold on every server: Millrace promises the oldest
// it supports as much as the newest there is.
//
//   MILLRACE_NATS_SERVER    a program instead of the system's
//   MILLRACE_NATS_SERVERS   directory of others; default: where spec/kit/newest-nats.sh puts the newest

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite, type Test } from 'uvu'
import { has, REPLICAS } from '#protocols/jetstream/features'

const PLACES = ['/usr/sbin', '/usr/local/bin', '/usr/bin']

/** The program, or null. */
export function natsProgram(): string | null {
  const named = process.env['MILLRACE_NATS_SERVER']
  if (named !== undefined && named !== '') return named
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...PLACES]
  const found = folders.map((folder) => join(folder, 'nats-server')).find((it) => existsSync(it))
  return found ?? null
}

export const HOW_TO_GET =
  'nats-server is not on this machine (Debian: apt-get install nats-server), so nothing was run'

const NO_OTHER =
  'no other version of nats-server is on this machine (Debian: spec/kit/newest-nats.sh fetches one), so these laws were run on one alone'

const NO_CLUSTER =
  'no nats-server on this machine may keep copies in a cluster (2.10.20 and newer; Debian: spec/kit/newest-nats.sh fetches one), so nothing was run'

export interface NatsProgram {
  readonly program: string
  /** `2.9.10`. */
  readonly version: string
}

/** The system's first, then those of other versions. */
export function natsPrograms(): NatsProgram[] {
  const own = natsProgram()
  const all = new Map<string, string>()
  for (const program of [...(own === null ? [] : [own]), ...others()]) {
    const version = versionOf(program)
    if (version !== null && !all.has(version)) all.set(version, program)
  }
  return [...all].map(([version, program]) => ({ program, version }))
}

/**
 * Declares and runs laws on every server there is: `run` is called once for each, with what the names of
 * its suites end with, so that the titles of two servers differ.
 */
export async function onEveryNats(
  name: string,
  run: (program: NatsProgram, ending: string) => Promise<void>,
): Promise<void> {
  const programs = natsPrograms()
  for (const [index, program] of programs.entries()) {
    await run(program, index === 0 ? '' : ` on ${program.version}`)
  }
  if (programs.length === 0) skipAll(suite(name), HOW_TO_GET)
  if (programs.length === 1) skipAll(suite(name), NO_OTHER)
}

/** The same on every server that may be used with `replicas`. */
export async function onEveryClustered(
  name: string,
  run: (program: NatsProgram, ending: string) => Promise<void>,
): Promise<void> {
  const programs = natsPrograms().filter(({ version }) => has(version, REPLICAS))
  for (const program of programs) await run(program, ` on ${program.version}`)
  if (programs.length === 0) skipAll(suite(name), NO_CLUSTER)
}

function skipAll(test: Test, why: string): void {
  test.skip(why)
  test.run()
}

function others(): string[] {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = process.env['MILLRACE_NATS_SERVERS'] ?? join(cache, 'millrace', 'nats-servers')
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.startsWith('nats-server-'))
  return names.sort().map((name) => join(folder, name))
}

function versionOf(program: string): string | null {
  try {
    const said = execFileSync(program, ['--version'], { encoding: 'utf8' })
    return /v(\d+\.\d+\.\d+)/.exec(said)?.[1] ?? null
  } catch {
    return null // Of another kind of machine, or cut off: there is none.
  }
}
