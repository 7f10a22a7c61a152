// Outputs of a task's commits on their way to the partitions they are for, after the commit is stored.
//
// Invariants: (1) a forward is stored once: its subject has one writer at a time, and who finds another
// message than expected reads what that message is; (2) what is read ahead, while a claim or a commit is
// stored, is a guess: where it is old by then the guard refuses, and it is read again.

import { type TaskName, taskId } from '../broker/broker.ts'
import { isMillraceError } from '../core/errors.ts'
import type { Logger } from '../core/log.ts'
import { partitionName } from '../records/record.ts'
import { type Place, producerOf } from './catalog.ts'
import { type CommitLogPorts, isGone } from './commit-log.ts'
import type { Output } from './commit-message.ts'
import { isRefusal, JET, Unanswered } from './errors.ts'
import { linesOf } from './jet-producer.ts'
import {
  EXPECTED_STREAM,
  FENCE_SUBJECT,
  type Forwarded,
  FROM,
  forwardedLine,
  isForwarded,
  readForwarded,
} from './mark.ts'
import { lastMessage } from './messages.ts'

export interface ForwardPorts extends CommitLogPorts {
  readonly log: Logger
}

/** The newest message of a subject that a task forwards to. */
interface LastForwarded {
  readonly message: number
  readonly from: Forwarded | null
}

/** Where outputs to one partition go. */
interface Target {
  readonly place: Place
  readonly stream: string
  readonly subject: string
}

const FULL_MS = 1_000

export class Forward {
  readonly #ports: ForwardPorts
  readonly #task: TaskName
  readonly #log: Place
  readonly #producer: string
  /** What is known to be the last message of each subject, by stream. */
  readonly #known = new Map<string, LastForwarded>()

  /** @param log the task's commit log */
  constructor(ports: ForwardPorts, task: TaskName, log: Place) {
    this.#ports = ports
    this.#task = task
    this.#log = log
    this.#producer = producerOf(task)
  }

  /** Reads what forwarding these will ask for, where it is not known. Never rejects. */
  async foresee(outputs: readonly Output[]): Promise<void> {
    const names = new Map(outputs.map(({ to }) => [partitionName(to), to]))
    await Promise.all(
      [...names.values()].map(async (to) => {
        const target = this.#target(to)
        // What fails here fails again where it matters.
        if (target !== null) await this.#last(target).catch(() => {})
      }),
    )
  }

  /** Partitions side by side, batches of one partition one after the other. */
  async all(commit: number, outputs: readonly Output[]): Promise<void> {
    const byPartition = new Map<string, { output: Output; index: number }[]>()
    for (const [index, output] of outputs.entries()) {
      const name = partitionName(output.to)
      const queue = byPartition.get(name)
      if (queue === undefined) byPartition.set(name, [{ output, index }])
      else queue.push({ output, index })
    }
    const log = this.#log.topic.id
    await Promise.all(
      [...byPartition.values()].map(async (queue) => {
        for (const { output, index } of queue) {
          await this.#one(output, { log, commit, index })
          await this.#ports.onPoint?.('output-forwarded')
        }
      }),
    )
  }

  async #one({ to, batch, span, maxTime }: Output, from: Forwarded): Promise<void> {
    const { catalog, link } = this.#ports
    const lines = { ...linesOf({ bytes: batch, span, maxTime }), [FROM]: forwardedLine(from) }
    let isTold = false
    for (;;) {
      const target = this.#target(to)
      if (target === null) return
      const { stream, subject } = target
      try {
        const last = await this.#last(target)
        if (isForwarded(last.from, from)) return
        const fence = { [FENCE_SUBJECT]: String(last.message), [EXPECTED_STREAM]: stream }
        const { message } = await link.publish(subject, batch, { ...lines, ...fence })
        this.#known.set(keyOf(target), { message, from })
        return
      } catch (error) {
        this.#known.delete(keyOf(target))
        if (isRefusal(error, JET.wrongLast)) continue
        if (isRefusal(error) && error.isFull) {
          if (!isTold) this.#tellFull(to.topic, error.description)
          isTold = true
          await link.pause(FULL_MS)
        } else if (isGone(error)) {
          await link.stall(subject)
          // Dropped, there is nothing to forward; lost, the next owner forwards when it is back.
          await catalog.check(target.place).catch((why: unknown) => {
            if (!isMillraceError(why, 'TOPIC_UNKNOWN')) throw why
          })
        } else if (error instanceof Unanswered) await link.stall(subject)
        else throw error
      }
    }
  }

  /** Null where nothing is to be forwarded any more. */
  #target({ topic: name, partition }: Output['to']): Target | null {
    const { catalog, names } = this.#ports
    const topic = catalog.find(name)
    // The task began anew: what it does now is in another log, and this must not be beside it.
    if (!catalog.isCurrent(this.#log)) return null
    // Dropped, with all that was in it, and so with what would have been.
    if (topic === null) return null
    const place = catalog.place(topic, partition)
    return { place, stream: place.stream, subject: names.records(name, partition, this.#producer) }
  }

  async #last(target: Target): Promise<LastForwarded> {
    const known = this.#known.get(keyOf(target))
    if (known !== undefined) return known
    const found = await lastMessage(this.#ports.link, target.stream, target.subject)
    const last = { message: found?.message ?? 0, from: readForwarded(found?.headers.get(FROM)) }
    this.#known.set(keyOf(target), last)
    return last
  }

  /** The commit is stored: all that can be done is to wait for room. */
  #tellFull(topic: string, why: string): void {
    const line = `task ${taskId(this.#task)} waits for room in topic ${topic}: ${why}`
    this.#ports.log.log('error', 'LOG_FULL', line)
  }
}

const keyOf = ({ stream, subject }: Target): string => `${stream} ${subject}`
