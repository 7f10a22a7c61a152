// What exactly once costs: a word count with either guarantee, in turn, from its first output to its last.

import { join } from 'node:path'
import { host } from 'millrace'
import { Follower } from './follower.ts'
import { type Figure, shown } from './harness.ts'
import { fill } from './log-directory.ts'
import { cpuMsSince, inTurn, type Spent } from './measure.ts'
import { type MeetingKind, withMeeting } from './meeting.ts'
import { text } from './text.ts'

const PARTITIONS = 4
type Guarantee = 'exactly-once' | 'at-least-once'

/** @param most what exactly once may cost of the throughput, of 1 */
export async function guarantees(
  kind: MeetingKind,
  lines: number,
  rounds: number,
  most: number,
): Promise<Figure[]> {
  const input = text(lines)
  const count = (guarantee: Guarantee): Promise<Spent> =>
    withMeeting(kind, async ({ broker, name, directory }) => {
      await fill(broker, 'lines', PARTITIONS, input.batches)
      await broker.topics.ensure({ name: 'word-counts', partitions: PARTITIONS })
      const outputs = new Follower(broker, 'word-counts', PARTITIONS)
      const state = join(directory, 'state')
      await using app = await host({
        ...{ application: 'bench', broker: name, state, workers: 2, guarantee },
      })
      await app.register(new URL('./wordcount.ts', import.meta.url))
      await outputs.until(1)
      const [first, cpu, start] = [outputs.count, process.cpuUsage(), performance.now()]
      await outputs.until(input.words)
      const whole = input.words / (input.words - first)
      const spent = { ms: (performance.now() - start) * whole, cpuMs: cpuMsSince(cpu) * whole }
      outputs.close()
      return spent
    })
  const [once, often] = await inTurn(rounds, [
    () => count('exactly-once'),
    () => count('at-least-once'),
  ])
  if (!once || !often) throw new Error('two bodies, two results')
  const speed = ({ ms }: Spent): number => (input.words / ms) * 1000
  return [
    {
      ...{ name: `${kind}: word count, exactly once`, value: speed(once), unit: 'words/s' },
      ratio: { to: 'at least once', value: often.ms / once.ms },
      goal: { of: 'ratio', least: 1 - most },
      note: `processor time ${shown(once.cpuMs / often.cpuMs)} times the other's`,
    },
    { name: `${kind}: word count, at least once`, value: speed(often), unit: 'words/s' },
  ]
}
