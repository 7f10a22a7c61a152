// A work that does nothing but remember what it was told, and ends its operations as a spec says; and
// a task actor over such works, a hand-turned clock and a constant chance.

import type { ActorRef } from '#actors/kernel/actor'
import { ActorSystem } from '#actors/kernel/system'
import type { TaskMessage, TaskReport } from '#actors/task/messages'
import { NOTHING_METERED, TaskMeter } from '#actors/task/meter'
import { type TaskPorts, taskActor } from '#actors/task/task'
import { type Poison, recordName, type Work, type WorkFacts } from '#actors/task/work-port'
import { MillraceError, type Retry } from '#protocols/core/errors'
import { SimulatedClock } from '#runtime/testkit/simulated-clock'
import type { TaskState } from '#stores/changelog/task-state'

type Operation = 'open' | 'claim' | 'restore' | 'commit' | 'close'
type Slice = 'drained' | 'more' | 'commit' | Error

export class FakeWork implements Work {
  /** What it was told, in order. */
  readonly calls: string[] = []
  /** What the next slices bring; `drained` when there is nothing more. */
  readonly slices: Slice[] = []
  /** Operations that wait for `finish`. */
  readonly held = new Set<Operation>()
  /** Operations that fail, each time. */
  readonly failing = new Map<string, Error>()
  nextWallClockMs = Number.POSITIVE_INFINITY
  isKept = false
  poison: Poison | null = null
  state: TaskState | null = null
  ring: () => void = () => {}
  onSlice: () => void = () => {}
  readonly #waiting = new Map<Operation, () => void>()

  open = (): Promise<void> => this.#do('open')
  claim = (): Promise<void> => this.#do('claim')
  restore = (): Promise<void> => this.#do('restore')
  commit = (): Promise<void> => this.#do('commit')
  close = (isClean: boolean): Promise<void> => this.#do('close', isClean ? ' clean' : ' dirty')

  start(onData: () => void): void {
    this.calls.push('start')
    this.ring = onData
    const error = this.failing.get('start')
    if (error !== undefined) throw error
  }

  work(): 'drained' | 'more' | 'commit' {
    const slice = this.slices.shift() ?? 'drained'
    this.calls.push('work')
    this.onSlice()
    if (slice instanceof Error) throw slice
    return slice
  }

  skip(record: Poison): void {
    this.calls.push(`skip ${recordName(record)}`)
  }

  facts(): WorkFacts {
    const positions = [{ at: { topic: 'in', partition: 0 }, position: 3, committed: 1, lag: 2 }]
    const zeros = { streamTime: 0, epoch: 1, checkpoint: null, restored: 0, restoreEnd: 0 }
    const meter = NOTHING_METERED
    return { records: 3, dropped: {}, positions, ...zeros, restoredFrom: 0, meter }
  }

  whereabouts() {
    return { log: 0, positions: [] }
  }

  finish(operation: Operation): void {
    this.#waiting.get(operation)?.()
  }

  async #do(operation: Operation, how = ''): Promise<void> {
    this.calls.push(operation + how)
    if (this.held.has(operation)) {
      await new Promise<void>((resolve) => this.#waiting.set(operation, resolve))
    }
    const error = this.failing.get(operation)
    if (error !== undefined) throw error
  }
}

/** A task at work in a world of one. */
export class TaskWorld {
  readonly clock = new SimulatedClock()
  readonly works: FakeWork[] = []
  readonly reports: TaskReport[] = []
  readonly logged: string[] = []
  readonly system: ActorSystem
  readonly ref: ActorRef<TaskMessage>
  wipes = 0

  /** @param prepare says how the `n`th work, from 0, behaves */
  constructor(prepare: (work: FakeWork, n: number) => void = () => {}, ports?: Partial<TaskPorts>) {
    this.system = new ActorSystem({
      name: 'h',
      clock: this.clock,
      random: { next: () => 0.5 },
      log: { log: (_level, code) => this.logged.push(code) },
    })
    const props = taskActor({
      id: 'wordcount/count/0',
      meter: new TaskMeter(),
      work: () => this.#make(prepare),
      wipe: async () => void this.wipes++,
      report: (report) => this.reports.push(report),
      ...ports,
    })
    this.ref = this.system.spawn(props, 'task')
  }

  /** The newest work. */
  get work(): FakeWork {
    const work = this.works.at(-1)
    if (work === undefined) throw new Error('there is no work yet')
    return work
  }

  get calls(): string {
    return this.works.map((work) => work.calls.join(' ')).join(' | ')
  }

  /** The newest state reported. */
  get state(): string {
    const states = this.reports.flatMap((report) => (report.type === 'state' ? report.state : []))
    return states.at(-1) ?? ''
  }

  of(type: TaskReport['type']): TaskReport[] {
    return this.reports.filter((report) => report.type === type)
  }

  /** Tells the task something and lets everything happen that happens now. */
  async tell(...messages: TaskMessage[]): Promise<void> {
    for (const message of messages) this.ref.tell(message)
    await this.clock.settle()
  }

  #make(prepare: (work: FakeWork, n: number) => void): FakeWork {
    const work = new FakeWork()
    prepare(work, this.works.length)
    this.works.push(work)
    return work
  }
}

export const failure = (code: string, retry: Retry = 'never'): MillraceError =>
  new MillraceError({ code, what: `it is ${code}`, retry })
