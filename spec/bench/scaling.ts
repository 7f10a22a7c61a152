// What a second host is worth: one host with one worker, and two of them, in turn, over the same records.
// Hosts are processes, at work before the first record comes; only the middle half of the outputs counts,
// so that neither a start nor a last partition is measured.

import { fileURLToPath } from 'node:url'
import { serde } from 'millrace'
import { encoded } from '#protocols/serdes/whole'
import { RecordWriter } from '#runtime/process/record-writer'
import { HostGroup } from '../kit/host-group.ts'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { EVERY } from './burning.ts'
import { Follower } from './follower.ts'
import type { Figure } from './harness.ts'
import { inTurn, type Spent } from './measure.ts'
import { type Meeting, type MeetingKind, withMeeting } from './meeting.ts'

const PARTITIONS = 4
const KEYS = 512
const IDS = ['one', 'two']
const burning = fileURLToPath(new URL('./burning.ts', import.meta.url))
const number = serde.int32()

/** @param records must be a multiple of what makes whole outputs of every key */
export async function scaling(
  kind: MeetingKind,
  records: number,
  rounds: number,
  least: number,
): Promise<Figure[]> {
  const [one, two] = await inTurn(rounds, [
    () => withMeeting(kind, (meeting) => burn(meeting, records, 1)),
    () => withMeeting(kind, (meeting) => burn(meeting, records, 2)),
  ])
  if (!one || !two) throw new Error('two bodies, two results')
  const speed = ({ ms }: Spent): number => (records / ms) * 1000
  return [
    { name: `${kind}: one host with one worker`, value: speed(one), unit: 'records/s' },
    {
      ...{ name: `${kind}: two hosts with one worker each`, value: speed(two), unit: 'records/s' },
      ratio: { to: 'one host', value: one.ms / two.ms },
      goal: { of: 'ratio', least },
    },
  ]
}

async function burn(meeting: Meeting, records: number, hosts: number): Promise<Spent> {
  const { broker, name, directory } = meeting
  for (const topic of ['fuel', 'ashes']) {
    await broker.topics.ensure({ name: topic, partitions: PARTITIONS })
  }
  const manifest = manifestIn(directory, {
    ...{ application: 'bench', broker: name, workers: 1, partitions: PARTITIONS, log: 'warn' },
    actors: [{ topology: burning }],
  })
  const running = IDS.slice(0, hosts).map((id) => new HostProcess(manifest, ['--id', id]))
  await Promise.all(running.map((host) => host.ready()))
  await new HostGroup('bench', broker).until('all partitions are shared', (tasks, members) => {
    const shares = members.map(({ held }) => held.length)
    return tasks.size === PARTITIONS && shares.every((it) => it === PARTITIONS / hosts)
  })
  const ashes = new Follower(broker, 'ashes', PARTITIONS)
  await feed(meeting, records)
  const outputs = records / EVERY
  await ashes.until(outputs / 4)
  const [from, start] = [ashes.count, performance.now()]
  await ashes.until((outputs * 3) / 4)
  const ms = ((performance.now() - start) * outputs) / (ashes.count - from)
  await ashes.until(outputs)
  ashes.close()
  await Promise.all(running.map((host) => host.signal('SIGTERM')))
  return { ms, cpuMs: 0 }
}

/** Every key as often as any other, and so every partition about as full as any other. */
async function feed({ broker }: Meeting, records: number): Promise<void> {
  const writer = new RecordWriter(broker.producer(), 'fuel', PARTITIONS)
  for (let n = 0; n < records; n++) {
    const [key, value] = [encoded(number, n % KEYS), encoded(number, n)]
    if (writer.add({ key, value, time: n, headers: [] })) await writer.flush()
  }
  await writer.flush()
}
