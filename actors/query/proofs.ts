// Where commit logs end, as the broker says: who has all before that is no older than the moment it was
// asked. One answer serves every part of a topic, and everybody who is content with its time.

import type { Broker, PartitionBounds } from '#protocols/broker/broker'
import type { Clock } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import { commitLog } from '#protocols/messages/commit-header'
import type { Proof } from './bound.ts'

export interface ProofPorts {
  readonly broker: Pick<Broker, 'topics'>
  readonly application: string
  readonly clock: Clock
}

interface Asked {
  readonly atMs: number
  readonly bounds: Promise<readonly PartitionBounds[]>
}

export class Proofs {
  readonly #ports: ProofPorts
  readonly #asked = new Map<string, Asked>()

  constructor(ports: ProofPorts) {
    this.#ports = ports
  }

  /**
   * @param task `topology/subtopology/partition`
   * @param sinceMs the proof may not be of before, on the monotonic clock
   * @throws MillraceError TASK_AWAY before its first owner; what the broker throws
   */
  async of(task: string, sinceMs: number): Promise<Proof> {
    const [topology = '', subtopology = '', partition = ''] = task.split('/')
    const { application } = this.#ports
    const { topic, ...at } = commitLog({
      ...{ application, topology, subtopology, partition: Number(partition) },
    })
    const { atMs, bounds } = this.#ask(topic, sinceMs)
    const found = (await bounds)[at.partition]
    if (found === undefined) throw neverOwned(task)
    return { atMs, end: found.next }
  }

  #ask(topic: string, sinceMs: number): Asked {
    const known = this.#asked.get(topic)
    if (known !== undefined && known.atMs >= sinceMs) return known
    const { broker, clock } = this.#ports
    const bounds = broker.topics.describe(topic).then((found) => found?.bounds ?? [])
    const asked = { atMs: clock.monotonic(), bounds }
    this.#asked.set(topic, asked)
    // What failed is asked for again by the next.
    bounds.catch(() => {
      if (this.#asked.get(topic) === asked) this.#asked.delete(topic)
    })
    return asked
  }
}

const neverOwned = (task: string): MillraceError =>
  new MillraceError({ code: 'TASK_AWAY', what: `task ${task} never ran yet`, retry: 'soon' })
