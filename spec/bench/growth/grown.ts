// One measurement of growth: a host process as it is installed (dist/), exactly once, over records that
// are in the log before it starts.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { serde, topic } from 'millrace'
import type { Broker } from '#protocols/broker/broker'
import { manifestIn } from '../../kit/host-process.ts'
import { fillByKey, InputBuilder } from '../keyed-input.ts'
import { withLog } from '../log-directory.ts'
import { Speaker } from '../peers/processes.ts'
import { processed } from '../processed.ts'
import type { GrowingKind } from './growing.ts'

export interface Growing {
  readonly kind: GrowingKind
  /** Stores of a task, or windows of a key. */
  readonly size: number
  readonly partitions: number
  readonly records: number
  record(n: number): Entry
  /** Directory of a control group of Linux that the host is put into. */
  readonly group?: string
}

export interface Entry {
  readonly key: number
  readonly bytes: number
  /** Event time, ms after the first possible. */
  readonly time: number
}

export interface Grown {
  readonly ms: number
  readonly cpuMs: number
  /** Most memory of its own that the host had. */
  readonly peakBytes: number
  /** How often the host waited for a page of a file to be read. */
  readonly faults: number
}

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url))
const START_MS = 1_700_000_000_000
/** Records are made and appended in parts of so many bytes. */
const PART_BYTES = 64 << 20
const OVERHEAD_BYTES = 32
const PATIENCE_MS = 1_800_000

export function grown(growing: Growing): Promise<Grown> {
  return withLog('fsync', async ({ directory, broker }) => {
    await feed(broker, growing)
    const topology = join(DIST, 'spec/bench/growth/growing.js')
    const facts = { application: 'bench', broker: `file:${directory}`, actors: [{ topology }] }
    const manifest = manifestIn(directory, { ...facts, workers: 2, log: 'warn' })
    const command = [process.execPath, join(DIST, 'bundle/millrace.js'), 'host', manifest, '--json']
    const [program = '', ...args] =
      growing.group === undefined ? command : inGroup(growing.group, command)
    const host = new Speaker(program, args, {
      ...{ GROWING: growing.kind, SIZE: `${growing.size}`, PARTITIONS: `${growing.partitions}` },
    })
    try {
      const { socket } = JSON.parse(await host.next('')) as { readonly socket: string }
      const watched = { topics: new Set(['documents']), patienceMs: PATIENCE_MS }
      const name = `${growing.kind} of ${growing.records} records`
      const spent = await processed(socket, { ...watched, name, cpuMs: () => host.cpuMs })
      return { ...spent, peakBytes: host.peakBytes, faults: host.faults }
    } finally {
      await host.stop()
    }
  })
}

/** It is there before it begins, as in a container: what it makes of its limit it does when it begins. */
const inGroup = (group: string, command: readonly string[]): string[] => {
  const enter = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
  return ['/bin/sh', '-c', enter, group, ...command]
}

/** Memory a control group may have, bytes. */
export function limitOf(group: string): number {
  const file = ['memory.max', 'memory.limit_in_bytes'].find((it) => existsSync(join(group, it)))
  const limit = file === undefined ? Number.NaN : Number(readFileSync(join(group, file), 'utf8'))
  if (!(limit < 2 ** 50)) throw new Error(`${group} has no limit of its memory`)
  return limit
}

async function feed(broker: Broker, { partitions, records, record }: Growing): Promise<void> {
  const documents = topic('documents', { key: serde.int32(), value: serde.bytes(), partitions })
  for (let n = 0; n < records; ) {
    const part = new InputBuilder(documents)
    for (let bytes = 0; bytes < PART_BYTES && n < records; n++) {
      const entry = record(n)
      part.add(entry.key, new Uint8Array(entry.bytes), START_MS + entry.time)
      bytes += entry.bytes + OVERHEAD_BYTES
    }
    await fillByKey(broker, part.finish())
  }
}
