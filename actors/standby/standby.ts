// The standby actor: joins the life of a standby (machine.ts) and its work (copy.ts). It tells the chart
// what happened, does what the chart commands, and tells its owner how far behind the copy is.
//
// It shares a thread with tasks that have records to process. So it goes in slices, each a message to
// itself on the data lane, and lets commits gather for a moment before it applies them.
//
// Invariants: (1) every command ends in exactly one event with its number; (2) at most one copy is open,
// and it is closed before the next one is made, or with the actor's life; (3) what a broker or a disk
// throws becomes an event of the chart, never a failure of the actor.

import { assert } from '#protocols/core/assert'
import { asError, MillraceError } from '#protocols/core/errors'
import type { TaskState } from '#stores/changelog/task-state'
import type { Behavior, Description, Props, Reply, Self } from '../kernel/actor.ts'
import { Chart } from '../kernel/chart.ts'
import { backoffMs, RESTART_DEFAULT } from '../kernel/strategy.ts'
import type { Whereabouts } from '../query/bound.ts'
import { notServing } from '../task/messages.ts'
import { failureKind } from '../task/verdict.ts'
import type { Copy } from './copy.ts'
import { standbyMachine } from './machine.ts'
import type {
  ReadAnswer,
  StandbyCommand,
  StandbyEvent,
  StandbyMessage,
  StandbyReport,
} from './messages.ts'

/** A copy is at most this much older than it could be, ms, and applies at most so often. */
const REST_MS = 20
/** Between two reports of a lag that is still large. */
const REPORT_MS = 1000
const WAIT = 'wait'

export interface StandbyPorts {
  /** `wordcount/count/3` */
  readonly id: string
  /** A new copy; asked once the one before is closed. */
  copy(): Copy
  /** Throws away the stores on disk; asked while nothing is open. */
  wipe(): Promise<void>
  report(report: StandbyReport): void
}

/** It starts by itself and ends by `stop`, or with its parent. */
export const standbyActor = (ports: StandbyPorts): Props<StandbyMessage> => ({
  kind: 'standby',
  make: (self) => new StandbyActor(ports, self),
  // Only a bug gets as far as the kernel.
  restart: { exceeded: 'stop' },
})

/**
 * Reads the stores of a standby that is at most `lagMax` changes behind its task's commits. `run` must
 * not change anything. The reply fails with TASK_NOT_SERVING or STANDBY_BEHIND otherwise, or with what
 * `run` throws.
 */
export function readCopy<R>(
  lagMax: number,
  run: (state: TaskState, lag: number, at: Whereabouts) => R,
  reply: Reply<R>,
): StandbyMessage {
  const ok = (state: TaskState, lag: number, at: Whereabouts): void => {
    let result: R
    try {
      result = run(state, lag, at)
    } catch (thrown) {
      return reply.fail(asError(thrown))
    }
    reply.ok(result)
  }
  return { type: 'read', lagMax, answer: { ok, fail: (error) => reply.fail(error) } }
}

type Completion = Exclude<StandbyEvent, { type: 'FAILED' }> & { op: number }

class StandbyActor implements Behavior<StandbyMessage> {
  readonly #ports: StandbyPorts
  readonly #self: Self<StandbyMessage>
  readonly #chart: Chart<typeof standbyMachine, StandbyCommand>
  #copy: Copy | null = null
  #copies = 0
  #op = 0
  #state = ''
  #error: Error | null = null
  #reported: number | null = null
  #reportedAtMs = 0
  #onOver: (() => void) | null = null

  constructor(ports: StandbyPorts, self: Self<StandbyMessage>) {
    this.#ports = ports
    this.#self = self
    this.#chart = new Chart(standbyMachine, self.clock, (command) => this.#obey(command))
    self.scope.defer('standby chart', () => this.#chart.stop())
    self.scope.defer('standby copy', () => this.#copy?.close())
    this.#chart.start()
    this.#look()
  }

  receive(message: StandbyMessage): void {
    switch (message.type) {
      case 'chart':
        return this.#tell(message.event)
      case 'slice':
        return this.#slice(message.op)
      case 'stop':
        this.#catchUp()
        return this.#tell({ type: 'STOP' })
      case 'retry':
        return this.#tell({ type: 'RETRY' })
      case 'read':
        return this.#read(message.lagMax, message.answer)
      case 'facts':
        return message.reply.ok({
          id: this.#ports.id,
          state: this.#state,
          restarts: Math.max(0, this.#copies - 1),
          error: this.#error,
          copy: this.#isFollowing ? (this.#copy?.facts() ?? null) : null,
        })
    }
  }

  stopping(): Promise<void> | void {
    if (this.#chart.isOver) return
    return new Promise((resolve) => {
      this.#onOver = resolve
      this.#tell({ type: 'STOP' })
    })
  }

  describe(): Description {
    const copy = this.#isFollowing ? this.#copy : null
    const lag = copy?.facts().lag ?? null
    const note = lag === null ? this.#error?.message : `${lag} changes behind`
    return { state: this.#state, note }
  }

  // ---- the chart --------------------------------------------------------------------------------

  #tell(event: StandbyEvent): void {
    this.#chart.tell(event)
    this.#look()
  }

  #look(): void {
    const { state } = this.#chart
    const [before] = this.#state.split('.')
    const [now = state] = state.split('.')
    this.#state = state
    // How it follows is of no interest to others: it would tell them of every commit.
    if (now === before) return
    if (!this.#isFollowing) this.#reportLag(null)
    this.#ports.report({ type: 'state', state: now })
    if (state !== 'closed') return
    this.#onOver?.()
    this.#self.stop()
  }

  #obey({ type, op, attempt }: StandbyCommand): void {
    this.#op = op
    this.#self.timers.cancel(WAIT)
    switch (type) {
      case 'open':
        return this.#run(op, 'OPENED', () => this.#open())
      case 'apply':
        return this.#continue(op)
      case 'rest':
        return this.#elapse(op, REST_MS)
      case 'close':
        return this.#run(op, 'CLOSED', () => this.#close())
      case 'wipe':
        return this.#run(op, 'WIPED', () => this.#ports.wipe())
      case 'wait':
        return this.#elapse(op, backoffMs(RESTART_DEFAULT, Math.max(1, attempt), this.#self.random))
    }
  }

  #run(op: number, type: Completion['type'], begin: () => Promise<void>): void {
    this.#self.pipe(
      begin(),
      () => ({ type: 'chart', event: { type, op } }),
      (error) => ({ type: 'chart', event: this.#failed(op, error) }),
    )
  }

  #elapse(op: number, delayMs: number): void {
    this.#self.timers.once(WAIT, delayMs, { type: 'chart', event: { type: 'ELAPSED', op } })
  }

  // ---- the work ---------------------------------------------------------------------------------

  async #open(): Promise<void> {
    const copy = this.#ports.copy()
    this.#copy = copy
    this.#copies++
    await copy.open(() => this.#self.post({ type: 'chart', event: { type: 'DATA' } }))
  }

  #continue(op: number): void {
    const sent = this.#self.ref.tell({ type: 'slice', op }, 'data')
    assert(sent === 'ok', 'a standby has room for its own slices')
  }

  #slice(op: number): void {
    const copy = this.#copy
    if (op !== this.#op || copy === null) return
    let outcome: 'drained' | 'more'
    try {
      outcome = copy.step()
    } catch (thrown) {
      return this.#tell(this.#failed(op, asError(thrown)))
    }
    if (outcome === 'more') {
      this.#reportNow(copy, REPORT_MS)
      return this.#continue(op)
    }
    this.#error = null
    this.#reportNow(copy, 0)
    this.#tell({ type: 'DRAINED', op })
  }

  /** Catches up first, as far as one slice goes: most often that is all the way. */
  #read(lagMax: number, answer: ReadAnswer): void {
    const copy = this.#isFollowing ? this.#copy : null
    if (copy === null) return answer.fail(notServing())
    try {
      copy.step()
    } catch (thrown) {
      const error = asError(thrown)
      answer.fail(error)
      return this.#tell(this.#failed(this.#op, error))
    }
    const { lag } = copy.facts()
    if (lag === null || lag > lagMax) answer.fail(standbyBehind(this.#ports.id, lag, lagMax))
    else answer.ok(copy.read(), lag, copy.whereabouts())
  }

  /** Its task may be about to begin here: what came by now is not to be asked for again. */
  #catchUp(): void {
    if (!this.#isFollowing) return
    try {
      this.#copy?.step()
    } catch {
      // Whoever opens the stores next meets it.
    }
  }

  /** A copy that closes badly is closed all the same. */
  async #close(): Promise<void> {
    try {
      await this.#copy?.close()
    } catch (thrown) {
      const error = asError(thrown)
      this.#self.log.log('error', 'STANDBY_CLOSE_FAILED', `${this.#ports.id}: ${error.message}`)
    }
    this.#copy = null
  }

  #failed(op: number, error: Error): StandbyEvent {
    const kind = failureKind(error)
    if (op === this.#op) {
      this.#error = error
      const what = `standby of ${this.#ports.id}: ${error.message}`
      this.#self.log.log('warn', 'STANDBY_FAILED', what, { kind, error })
      this.#ports.report({ type: 'failed', error })
    }
    return { type: 'FAILED', op, kind }
  }

  // ---- what others know -------------------------------------------------------------------------

  #reportNow(copy: Copy, everyMs: number): void {
    const nowMs = this.#self.clock.monotonic()
    if (nowMs - this.#reportedAtMs >= everyMs) this.#reportLag(copy.facts().lag)
  }

  #reportLag(lag: number | null): void {
    if (lag === this.#reported) return
    this.#reported = lag
    this.#reportedAtMs = this.#self.clock.monotonic()
    this.#ports.report({ type: 'lag', lag })
  }

  get #isFollowing(): boolean {
    return this.#state.startsWith('following')
  }
}

const standbyBehind = (task: string, lag: number | null, lagMax: number): MillraceError =>
  new MillraceError({
    code: 'STANDBY_BEHIND',
    what:
      lag === null
        ? `the standby of ${task} does not know yet how far behind it is`
        : `the standby of ${task} is ${lag} changes behind; ${lagMax} would do`,
    retry: 'soon',
  })
