// The task actor: joins the life of a task (machine.ts) and its work (work.ts). It tells the chart what
// happened, does what the chart commands, and tells its owner what that means for others.
//
// Work goes in slices of a few milliseconds. Each next slice is a message to itself on the data lane,
// so that other tasks and every control message come between two slices; a task without work has
// neither messages nor timers. There is no commit timer: a drained task commits at once, a busy one
// when its work says so.
//
// Invariants: (1) every command ends in exactly one event with its number; (2) at most one work is
// open, and it is closed before the next one is made, or with the actor's life; (3) what a user
// function throws becomes an event of the chart, never a failure of the actor.

import { assert } from '#protocols/core/assert'
import { asError, isMillraceError, MillraceError } from '#protocols/core/errors'
import { plural } from '#protocols/core/plural'
import type { Behavior, Description, Props, Self } from '../kernel/actor.ts'
import { Chart } from '../kernel/chart.ts'
import {
  backoffMs,
  RESTART_DEFAULT,
  RestartHistory,
  type RestartPolicy,
} from '../kernel/strategy.ts'
import { taskMachine } from './machine.ts'
import type {
  Failure,
  Serving,
  TaskCommand,
  TaskEvent,
  TaskMessage,
  TaskReport,
} from './messages.ts'
import type { TaskMeter } from './meter.ts'
import { failureKind } from './verdict.ts'
import { type Poison, recordName, type Work, type WorkFacts } from './work-port.ts'

const SLICE_MS = 5
const SHUTDOWN_MS = 30_000
const WAIT = 'wait'
const PUNCTUATION = 'punctuation'

/** Faults a task may have before it is quarantined, and the waits in between. */
const RESTART: RestartPolicy = { ...RESTART_DEFAULT, max: 5, withinMs: 60_000 }

export interface TaskPorts {
  /** `wordcount/count/3` */
  readonly id: string
  /** A new work; asked once the one before is closed. */
  work(): Work
  /** Counts what its works do. */
  readonly meter: TaskMeter
  /** Throws away the stores on disk; asked while nothing is open. */
  wipe(): Promise<void>
  report(report: TaskReport): void
  readonly restart?: Partial<RestartPolicy> | undefined
  /** How long one slice of work may take, ms. Default 5. */
  readonly sliceMs?: number | undefined
}

/** It starts by itself and ends by `stop`, by being fenced, or with its parent. */
export const taskActor = (ports: TaskPorts): Props<TaskMessage> => ({
  kind: 'task',
  make: (self) => new TaskActor(ports, self),
  // Only a bug gets as far as the kernel; the chart answers for everything else, quarantine included.
  restart: { ...RESTART, ...ports.restart, exceeded: 'stop' },
  shutdownMs: SHUTDOWN_MS,
})

type Completion = Exclude<TaskEvent, { type: 'FAILED' }> & { op: number }

class TaskActor implements Behavior<TaskMessage> {
  readonly #ports: TaskPorts
  readonly #self: Self<TaskMessage>
  readonly #chart: Chart<typeof taskMachine, TaskCommand>
  readonly #policy: RestartPolicy
  readonly #history: RestartHistory
  readonly #skips: Poison[] = []
  #work: Work | null = null
  /** What the last work said of itself when it was closed. */
  #last: WorkFacts | null = null
  #works = 0
  #op = 0
  /** Commits that were told of. */
  #commits = 0
  #state = ''
  #isClean = false
  #startedAtMs = 0
  #error: Error | null = null
  #poison: Poison | null = null
  /** An operator wants it in quarantine. */
  #isParked = false
  #onOver: (() => void) | null = null

  constructor(ports: TaskPorts, self: Self<TaskMessage>) {
    this.#ports = ports
    this.#self = self
    this.#policy = { ...RESTART, ...ports.restart }
    this.#history = new RestartHistory(this.#policy)
    this.#chart = new Chart(taskMachine, self.clock, (command) => this.#obey(command))
    self.scope.defer('task chart', () => this.#chart.stop())
    self.scope.defer('task work', () => this.#work?.close(false))
    this.#chart.start()
    this.#look()
  }

  receive(message: TaskMessage): void {
    switch (message.type) {
      case 'chart':
        return this.#tell(message.event)
      case 'slice':
        return this.#slice(message.op)
      case 'stop':
        return this.#tell({ type: message.mode === 'clean' ? 'STOP' : 'STOP_NOW' })
      case 'pause':
        return this.#tell({ type: 'PAUSE' })
      case 'resume':
        return this.#tell({ type: 'RESUME' })
      case 'restart':
      case 'reset':
        this.#history.forgive()
        return this.#tell({ type: message.type === 'reset' ? 'RESET' : 'RESTART' })
      case 'quarantine':
        return this.#park()
      case 'retry':
        return this.#retry()
      case 'skip':
        return this.#skip(message.at ?? this.#poison)
      case 'query':
        return message.answer(this.#serving())
      case 'history':
        return message.reply.ok({
          commits: [...this.#ports.meter.newest],
          turns: [...this.#chart.turns],
        })
      case 'facts':
        return message.reply.ok({
          id: this.#ports.id,
          state: this.#state,
          restarts: Math.max(0, this.#works - 1),
          error: this.#error,
          poison: this.#poison,
          work: this.#work?.facts() ?? this.#last,
        })
    }
  }

  /** Somebody above wants it to end: as cleanly as can be. */
  stopping(): Promise<void> | void {
    if (this.#chart.isOver) return
    return new Promise((resolve) => {
      this.#onOver = resolve
      this.#tell({ type: 'STOP' })
    })
  }

  describe(): Description {
    const trouble = this.#error === null ? undefined : this.#error.message
    if (!this.#isServing || this.#state === 'running.stalled') {
      return { state: this.#state, note: trouble }
    }
    const facts = this.#work?.facts()
    const lag = facts?.positions.reduce((sum, position) => sum + position.lag, 0) ?? 0
    return { state: this.#state, note: `${plural(facts?.records ?? 0, 'record')}, lag ${lag}` }
  }

  // ---- the chart --------------------------------------------------------------------------------

  #tell(event: TaskEvent): void {
    this.#chart.tell(event)
    if (event.type === 'COMMITTED') this.#traceCommit()
    this.#look()
  }

  /** Where nothing was to be committed, nothing was. */
  #traceCommit(): void {
    const { commits, newest } = this.#ports.meter
    if (commits === this.#commits) return
    this.#commits = commits
    this.#self.trace('commit', () => ({ ...newest.at(-1) }))
  }

  /** Tells the owner where the chart is, when it moved. */
  #look(): void {
    const { state } = this.#chart
    if (state === this.#state) return
    this.#state = state
    this.#ports.report({ type: 'state', state })
    if (state === 'quarantined') {
      if (this.#isParked) this.#error = parked()
      this.#isParked = false
      const { id } = this.#ports
      const level = isMillraceError(this.#error, 'TASK_PARKED') ? 'info' : 'error'
      this.#self.log.log(level, 'TASK_QUARANTINED', `${id} waits for an operator`, { task: id })
      this.#ports.report({ type: 'quarantined', error: this.#error, poison: this.#poison })
    }
    if (state === 'closed') this.#end()
  }

  #end(): void {
    this.#ports.report({ type: 'closed', isClean: this.#isClean })
    this.#onOver?.()
    this.#self.stop()
  }

  #obey({ type, op, attempt }: TaskCommand): void {
    this.#op = op
    this.#self.timers.cancel(WAIT)
    switch (type) {
      case 'open':
        return this.#run(op, 'OPENED', () => this.#open())
      case 'claim':
        return this.#run(op, 'CLAIMED', () => this.#work?.claim())
      case 'restore':
        return this.#run(op, 'RESTORED', () => this.#work?.restore())
      case 'start':
        return this.#run(op, 'STARTED', () => this.#start())
      case 'work':
        return this.#continue(op)
      case 'commit':
        return this.#run(op, 'COMMITTED', () => this.#work?.commit())
      case 'close-clean':
        return this.#run(op, 'CLOSED', () => this.#close(true))
      case 'close-dirty':
        return this.#run(op, 'CLOSED', () => this.#close(false))
      case 'wipe':
        return this.#run(op, 'WIPED', () => this.#ports.wipe())
      case 'wait':
        return this.#wait(op, attempt)
    }
  }

  #run(op: number, type: Completion['type'], begin: () => Promise<void> | undefined | void): void {
    const running = (async () => begin())()
    this.#self.pipe(
      running,
      () => ({ type: 'chart', event: { type, op } }),
      (error) => ({ type: 'chart', event: this.#failed(op, error) }),
    )
  }

  #wait(op: number, attempt: number): void {
    const delayMs = backoffMs(this.#policy, Math.max(1, attempt), this.#self.random)
    this.#self.timers.once(WAIT, delayMs, { type: 'chart', event: { type: 'ELAPSED', op } })
  }

  // ---- the work ---------------------------------------------------------------------------------

  #open(): Promise<void> {
    const work = this.#ports.work()
    this.#work = work
    this.#works++
    for (const record of this.#skips) work.skip(record)
    return work.open()
  }

  #start(): void {
    this.#startedAtMs = this.#self.clock.monotonic()
    this.#work?.start(() => this.#self.post({ type: 'chart', event: { type: 'DATA' } }))
  }

  /** Asks itself for the next slice, behind everything that waits already. */
  #continue(op: number): void {
    const sent = this.#self.ref.tell({ type: 'slice', op }, 'data')
    assert(sent === 'ok', 'a task has room for its own slices')
  }

  #slice(op: number): void {
    const work = this.#work
    if (op !== this.#op || work === null) return
    let outcome: 'drained' | 'more' | 'commit'
    try {
      outcome = work.work(this.#ports.sliceMs ?? SLICE_MS)
    } catch (thrown) {
      return this.#tell(this.#failed(op, asError(thrown)))
    }
    if (outcome === 'more') return this.#continue(op)
    if (outcome === 'drained') this.#awaitPunctuation(work)
    this.#tell({ type: outcome === 'drained' ? 'DRAINED' : 'DUE', op })
  }

  /** The only timer of an idle task, and only where an operator scheduled by the wall clock. */
  #awaitPunctuation({ nextWallClockMs }: Work): void {
    if (nextWallClockMs === Number.POSITIVE_INFINITY) return
    const { clock, timers } = this.#self
    const delayMs = Math.max(0, nextWallClockMs - clock.now())
    timers.once(PUNCTUATION, delayMs, { type: 'chart', event: { type: 'DATA' } })
  }

  /** A work that closes badly is closed all the same. */
  async #close(isClean: boolean): Promise<void> {
    this.#isClean = false
    this.#last = this.#work === null ? this.#last : atRest(this.#work.facts())
    try {
      await this.#work?.close(isClean)
      this.#isClean = isClean
    } catch (thrown) {
      const error = asError(thrown)
      this.#self.log.log('error', 'TASK_CLOSE_FAILED', `${this.#ports.id}: ${error.message}`)
    }
    this.#work = null
  }

  // ---- trouble ----------------------------------------------------------------------------------

  #failed(op: number, error: Error): TaskEvent {
    const kind = failureKind(error)
    const poison = kind === 'fault' ? (this.#work?.poison ?? null) : null
    const failure: Failure = {
      kind,
      poison: poison === null ? null : recordName(poison),
      isKept: this.#work?.isKept ?? false,
      isExceeded: op === this.#op && this.#isExceeded(kind),
    }
    if (op === this.#op) this.#remember(error, failure, poison)
    return { type: 'FAILED', op, failure }
  }

  /** Weather and newer owners are nobody's fault. */
  #isExceeded(kind: Failure['kind']): boolean {
    if (kind === 'weather' || kind === 'fenced') return false
    const nowMs = this.#self.clock.monotonic()
    return this.#history.failed(nowMs, nowMs - this.#startedAtMs) === 'exceeded'
  }

  #remember(error: Error, { kind }: Failure, poison: Poison | null): void {
    this.#error = error
    if (poison !== null) this.#poison = poison
    const isFenced = kind === 'fenced'
    const code = isFenced ? 'TASK_FENCED' : 'TASK_FAILED'
    const { id } = this.#ports
    this.#self.log.log('warn', code, `${id}: ${error.message}`, { kind, error, task: id })
    this.#ports.report(isFenced ? { type: 'fenced', error } : { type: 'failed', error, poison })
  }

  /** Whatever it failed at before is not why it waits. */
  #park(): void {
    if (this.#state === 'quarantined') return
    this.#isParked = true
    this.#tell({ type: 'QUARANTINE' })
  }

  #retry(): void {
    if (this.#state === 'quarantined') this.#history.forgive()
    this.#tell({ type: 'RETRY' })
  }

  #skip(record: Poison | null): void {
    if (record !== null) {
      this.#skips.push(record)
      this.#work?.skip(record)
      const { id } = this.#ports
      const message = `${id} passes over ${recordName(record)}`
      this.#self.log.log('info', 'RECORD_SKIPPED', message, { task: id })
    }
    this.#retry()
  }

  /** Its stores are whole and no operation is half way through them. */
  #serving(): Serving | null {
    const work = this.#isServing ? this.#work : null
    const state = work?.state ?? null
    return work === null || state === null ? null : { state, at: work.whereabouts() }
  }

  get #isServing(): boolean {
    return this.#state.startsWith('running') || this.#state === 'paused'
  }
}

const parked = (): MillraceError =>
  new MillraceError({
    code: 'TASK_PARKED',
    what: 'an operator put it into quarantine',
    hint: 'It goes on after: millrace task restart',
  })

/** What was not committed is to be done again. */
const atRest = (facts: WorkFacts): WorkFacts => ({
  ...facts,
  positions: facts.positions.map(({ at, position, committed, lag }) => {
    return { at, position: committed, committed, lag: lag + position - committed }
  }),
})
