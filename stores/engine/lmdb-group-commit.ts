// Group commit: bodies that wait together share one LMDB transaction and one flush.
//
//   commit() ─► waiting ─► [write thread has the lock] ─► each body as a child transaction
//            ─► visible (os resolves) ─► flushed, by lmdb-flush.ts (fsync resolves)
//
// Invariants: (1) a body that throws is undone alone, by its child transaction; (2) a body settles
// once, and never as done when its transaction failed; (3) while bodies wait, one transaction is on
// its way, unless one could not even begin: then nothing is written any more (`#broken`), for lmdb-js
// keeps a lock of its own in that case, and a write thread that followed would wait for ever.
// What is learnt from lmdb-js comes by one hook, the report of its write thread: 2 run the bodies now,
// 0 committed, 1 nothing, anything else an error. It prints errors to the console, so they are kept from it.

import { assert } from '#protocols/core/assert'
import { engineError, engineFailure } from './lmdb-errors.ts'
import { awaitedByWrite } from './lmdb-exit.ts'
import type { LostCommit } from './lmdb-lost-commit.ts'
import type { NativeRoot } from './lmdb-table.ts'

export interface Work<T> {
  readonly body: () => T
  /** Told once, when every process sees it. */
  readonly visible: (result: T) => void
  readonly waitsForFlush: boolean
}

interface Waiting {
  readonly waitsForFlush: boolean
  /** Runs in the transaction; throws what the body throws. */
  readonly run: () => void
  readonly visible: () => void
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

export interface GroupSettings {
  readonly inside: { body: boolean }
  readonly lost: LostCommit | null
  /** Resolves when what is visible is on the disk. */
  readonly flush: () => Promise<void>
  /** The directory, for error messages. */
  readonly place: string
}

const RUN = 2
/** Says nothing: it comes from time to time. */
const NOTHING = 1
const COMMITTED = 0

export class GroupCommit {
  readonly #root: NativeRoot
  readonly #settings: GroupSettings
  #waiting: Waiting[] = []
  #isOnItsWay = false
  /** The transaction under way does not follow the newest one: nothing runs in it. */
  #isForgotten = false
  /** Why nothing can be written any more. */
  #broken: Error | null = null
  /** Bodies that ran in the transaction being reported on. */
  #ran: Waiting[] = []
  readonly #pending = new Set<Promise<unknown>>()
  readonly #flights = new Set<Promise<void>>()

  constructor(root: NativeRoot, settings: GroupSettings) {
    this.#root = root
    this.#settings = settings
    this.#hook()
  }

  /** Nothing can be written any more: the environment is of no use to this process. */
  get isBroken(): boolean {
    return this.#broken !== null
  }

  commit<T>({ body, visible, waitsForFlush }: Work<T>): Promise<T> {
    if (this.#broken !== null) return Promise.reject(this.#broken)
    const settled = new Promise<T>((resolve, reject) => {
      const box: { value?: T } = {}
      this.#waiting.push({
        waitsForFlush,
        run: () => {
          box.value = body()
        },
        // Set by `run`, which ran to its end.
        visible: () => visible(box.value as T),
        done: () => resolve(box.value as T),
        failed: (error) => reject(engineError(error, this.#settings.place)),
      })
      if (!this.#isOnItsWay) this.#send()
    })
    this.#pending.add(settled)
    const forget = (): void => {
      this.#pending.delete(settled)
    }
    settled.then(forget, forget)
    return settled
  }

  /** Lets everything waiting settle. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending)
    await Promise.all(this.#flights)
  }

  #send(): void {
    this.#isOnItsWay = true
    this.#root.transactionAsync(() => this.#runAll()).then(() => this.#again(), noop)
  }

  #again(): void {
    if (!this.#isForgotten) return
    this.#isForgotten = false
    try {
      this.#settings.lost?.mend()
      this.#send()
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** On the write thread's behalf, inside its transaction. */
  #runAll(): void {
    try {
      this.#isForgotten = this.#settings.lost?.isForgotten() === true
    } catch (error) {
      return this.#refuse(error)
    }
    if (this.#isForgotten) return
    const bodies = this.#waiting
    this.#waiting = []
    this.#isOnItsWay = false
    this.#settings.inside.body = true
    try {
      for (const waiting of bodies) this.#runOne(waiting)
    } finally {
      this.#settings.inside.body = false
    }
  }

  #runOne(waiting: Waiting): void {
    try {
      this.#root.childTransaction(() => waiting.run())
      this.#ran.push(waiting)
    } catch (error) {
      waiting.failed(error)
    }
  }

  #hook(): void {
    const { env } = this.#root
    assert(typeof env.startWriting === 'function', 'this version of lmdb-js reports its writes')
    const startWriting = env.startWriting.bind(env)
    const value = (address: number, report: (status: number) => unknown): unknown => {
      const flight = new Flight()
      this.#flights.add(flight.landed)
      return startWriting(address, (status) => this.#report(flight, status, report))
    }
    Object.defineProperty(env, 'startWriting', { value })
  }

  #report(flight: Flight, status: number, report: (status: number) => unknown): unknown {
    flight.heard()
    if (status === RUN) {
      flight.hasBegun = true
      this.#ran = flight.ran
      return report(status)
    }
    if (status === NOTHING) return report(status)
    const isCommitted = status === COMMITTED
    const answer = report(isCommitted ? status : NOTHING)
    if (isCommitted) this.#committed(flight)
    else this.#failed(flight, status)
    return answer
  }

  #committed(flight: Flight): void {
    flight.show()
    if (flight.ran.length === 0) return this.#land(flight)
    this.#settings
      .flush()
      .then(
        () => flight.settle(),
        (error) => flight.fail(engineError(error, this.#settings.place)),
      )
      .finally(() => this.#land(flight))
  }

  #failed(flight: Flight, status: number): void {
    const error = engineFailure(status, this.#settings.place)
    flight.fail(error)
    // Who waits for a transaction that could not begin would wait for ever.
    if (!flight.hasBegun) {
      this.#broken = error
      this.#refuse(error)
    }
    this.#land(flight)
  }

  #land(flight: Flight): void {
    this.#flights.delete(flight.landed)
    flight.land()
  }

  #refuse(error: unknown): void {
    this.#isOnItsWay = false
    for (const waiting of this.#waiting.splice(0)) waiting.failed(error)
  }
}

/** One transaction of the write thread, from its start to its flush. */
class Flight {
  /** Bodies that ran in it and are not settled. */
  readonly ran: Waiting[] = []
  readonly landed: Promise<void>
  /** To be called when the write thread no longer waits for bodies. */
  readonly heard = awaitedByWrite()
  hasBegun = false
  #land: () => void = noop

  constructor() {
    this.landed = new Promise((resolve) => {
      this.#land = resolve
    })
  }

  /** Tells everybody that their writes can be seen, and settles who needs no flush. */
  show(): void {
    for (const { visible } of this.ran) visible()
    for (const waiting of this.ran.splice(0)) {
      if (waiting.waitsForFlush) this.ran.push(waiting)
      else waiting.done()
    }
  }

  /** Settles everything that still waits. */
  settle(): void {
    for (const { done } of this.ran.splice(0)) done()
  }

  fail(error: Error): void {
    for (const { failed } of this.ran.splice(0)) failed(error)
  }

  land(): void {
    this.#land()
  }
}

function noop(): void {}
