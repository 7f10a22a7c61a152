// millrace host: a host process.

import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import type { Host } from '../process/process-host.ts'
import { ThreadNursery } from '../process/thread-nursery.ts'
import { closest, refuseWords } from './closest.ts'
import { printJson, printLine, printNote } from './print.ts'
import { jsonOption } from './target.ts'

const HELP = `
The manifest, as YAML or as a TypeScript module with a default export:

  application: wordcount          groups the hosts that share work
  broker: file:./data             the embedded broker's directory, relative to the manifest
  actors:
    - topology: ./wordcount.ts    a module that exports topologies
    - actor: ./cart.ts            a module that exports keyed actors

  workers: 2                      threads that run tasks (default: one per core; 0: none of their own)
  host: one                       names this host for good (default: machine name and a number)
  version: '2'                    of the program, for millrace upgrade
  capacity: 1                     how much this host takes of the work, beside the others
  zone: east                      where it stands; standbys of a task are kept in other zones
  state: ./state                  where task state is kept (default: in the broker's directory)
  partitions: 4                   of topics that do not say
  guarantee: exactly-once         or at-least-once
  commitIntervalMs: 100           sealIntervalMs: 5000     compression: none
  snapshotBytes: 67108864         changes between two snapshots of a task; 0: none (default: so over NATS, else 0)
  standbys: 0                     copies of tasks on other hosts, ready to take them over
  acceptableLag: 10000            a copy at most so many changes behind may take a task over
  warmups: 2                      tasks copied at a time so that they can move
  handOverMs: 5000                a host that is to end waits this long for copies of its tasks; 0: not at all
  sessionTimeoutMs: 10000         a host that was silent this long is taken for dead
  acceptPlan: false               go on although a topology lost a store that it had
  http: 9470                      metrics and facts for this machine, or { port, address, token }
  log: info                       debug, info, warn, error

Start it twice, and partitions are shared; stop one, and the other takes over.
SIGTERM and SIGINT hand every task over, what keeps state once it is copied elsewhere, and close what is
left cleanly; a second one ends at once.

Examples:
  millrace host                                     or: millrace host run
  millrace host millrace.yaml --id one --workers 2
  millrace host manifest.ts --log debug 2> host.log
  millrace host show one                            everything known of one that runs`

interface HostCommandOptions {
  readonly id?: string
  readonly workers?: string
  readonly capacity?: string
  readonly zone?: string
  readonly acceptPlan?: boolean
  readonly http?: string
  readonly log?: string
  readonly json?: boolean
}

/** A host that is started waits for nothing that asks another one, or tells it something. */
export async function hostFor(words: readonly string[]): Promise<(program: Command) => void> {
  if (isStart(words)) return addHost
  const { addHostVerbs } = await import('./hosts.ts')
  return (program) => addHostVerbs(addHost(program))
}

/** Whether nothing but a start can be meant, and no list of what else there is. */
function isStart(words: readonly string[]): boolean {
  if (words.includes('--help') || words.includes('-h')) return false
  const [word = 'run'] = words
  return word === 'run' || (extname(word) !== '' && existsSync(word))
}

function addHost(program: Command): Command {
  const host = program
    .command('host')
    .description('run a host process with what a manifest names; show, drain or fence one')
    .addHelpText('after', HELP)
  host
    .command('run', { isDefault: true })
    .argument('[manifest]', 'YAML or TypeScript', 'millrace.yaml')
    .description('run a host process with what a manifest names')
    .option('--id <name>', 'name this host for good')
    .option('--workers <count>', 'threads that run tasks')
    .option('--capacity <number>', 'how much it takes of the work, beside the others')
    .option('--zone <name>', 'where it stands')
    .option('--http <port>', 'answer over HTTP: console, metrics; 0 takes any port that is free')
    .option('--log <level>', 'debug, info, warn or error')
    .option('--accept-plan', 'go on although a topology lost a store that it had')
    .addOption(jsonOption())
    .allowExcessArguments(true)
    .addHelpText('after', HELP)
    .action(run)
  return host
}

async function run(file: string, options: HostCommandOptions, command: Command): Promise<void> {
  refuseSlips(command)
  // Tasks go on whoever reads that they do: `millrace host | head -1`, a terminal that is closed.
  process.stdout.removeAllListeners('error').on('error', () => {})
  // Hardly a host has none: it loads while the manifest is read, which says how many more there are.
  const threads = new ThreadNursery(options.workers === '0' ? 0 : 1)
  const { startManifest } = await import('../process/start-manifest.ts')
  const starting = startManifest(file, options, threads)
  let asked = 0
  const stop = (): void => {
    if (asked++ > 0) process.exit(130)
    if (!options.json) printNote('handing tasks over and closing them; once more ends at once')
    // What keeps it from starting is told below.
    starting.then((host) => host.close()).catch(() => {})
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    const host = await starting
    const { id, application, socket, http } = host
    if (options.json) printJson({ host: id, application, pid: process.pid, socket, http })
    else printLine([running(host), ...listening(http)].join('\n'))
    await host.ended
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
  }
}

/**
 * A word that is no file may be a command with a wrong letter, and two words are never one manifest.
 * @throws MillraceError USAGE
 */
function refuseSlips(command: Command): void {
  const [file, ...others] = command.args
  if (file === undefined || (others.length === 0 && existsSync(file))) return
  const verbs = command.parent?.commands.map((verb) => verb.name()) ?? []
  if (others.length > 0 || closest(file, verbs) !== undefined) refuseWords(command)
}

const running = ({ id, application }: Host): string =>
  `host ${id} runs ${application} (pid ${process.pid}); millrace status shows it`

const listening = (http: string | null): string[] =>
  http === null ? [] : [`metrics at ${http}/metrics`, `console at ${http}/console/`]
