// What must hold of a cluster's history at every step, read from the broker as anybody could: one
// owner commits for a task at a time, positions only grow, and every update of the word count is the
// one before it plus one.

import type { Broker, Reader, TaskName } from '#protocols/broker/broker'
import { EMPTY } from '#protocols/core/bytes'
import { decodeCommitHeader } from '#protocols/messages/commit-header'
import { WordUpdates } from '../kit/word-updates.ts'

interface Followed {
  readonly name: string
  readonly reader: Reader
  epoch: number
  number: number
  readonly positions: Map<string, number>
}

const TAKE_BYTES = 1024 * 1024

export class History {
  readonly updates: WordUpdates
  readonly #tasks: readonly Followed[]

  constructor(broker: Broker, tasks: readonly TaskName[], output: string, partitions: number) {
    this.updates = new WordUpdates(broker, output, partitions)
    this.#tasks = tasks.map((task) => ({
      name: `${task.subtopology}/${task.partition}`,
      reader: broker.commits(task, 'earliest', () => {}),
      ...{ epoch: 0, number: 0, positions: new Map() },
    }))
  }

  /** Reads on; answers what must not be. */
  violations(sent: number): string[] {
    const found = this.#tasks.flatMap((task) => follow(task))
    this.updates.read()
    found.push(...this.updates.wrong)
    if (this.updates.count > sent) found.push(`${this.updates.count} updates of ${sent} words`)
    return found
  }

  close(): void {
    this.updates.close()
    for (const { reader } of this.#tasks) reader.close()
  }
}

function follow(task: Followed): string[] {
  const found: string[] = []
  for (const { batch } of task.reader.take(TAKE_BYTES)) {
    const { kind, epoch, number, positions } = decodeCommitHeader(batch.commit ?? EMPTY)
    if (kind === 'claim' ? epoch <= task.epoch : epoch !== task.epoch) {
      found.push(`${task.name}: a ${kind} of epoch ${epoch} after epoch ${task.epoch}`)
    }
    if (number < task.number) found.push(`${task.name}: commit ${number} after ${task.number}`)
    for (const { at, next } of positions) {
      const before = task.positions.get(at.topic) ?? 0
      if (next < before) found.push(`${task.name}: back from ${before} to ${next} of ${at.topic}`)
      task.positions.set(at.topic, next)
    }
    task.epoch = epoch
    task.number = number
  }
  return found
}
