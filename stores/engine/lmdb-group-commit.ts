// Group commit: bodies that wait together share one LMDB transaction and one flush.
//
//   commit() ─► waiting ─► [write thread has the lock] ─► each body as a child transaction
//            ─► visible (os resolves) ─► flushed (fsync resolves)
//
// Invariants: (1) a body that throws is undone alone, by its child transaction; (2) a body settles
// once, and never as done when its transaction failed; (3) while bodies wait, one transaction is on
// its way. What is learnt from lmdb-js comes by one hook, the report of its write thread: 2 run the
// bodies now, 1 visible, 0 flushed, anything else an error. Its own promises do not tell a failed
// flush, and it prints errors to the console, so errors are kept from it.

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
  /** The directory, for error messages. */
  readonly place: string
}

const RUN = 2
const VISIBLE = 1
const FLUSHED = 0

export class GroupCommit {
  readonly #root: NativeRoot
  readonly #settings: GroupSettings
  #waiting: Waiting[] = []
  #isOnItsWay = false
  /** The transaction under way does not follow the newest one: nothing runs in it. */
  #isForgotten = false
  /** Bodies that ran in the transaction being reported on. */
  #ran: Waiting[] = []
  readonly #pending = new Set<Promise<unknown>>()
  readonly #flights = new Set<Promise<void>>()

  constructor(root: NativeRoot, settings: GroupSettings) {
    this.#root = root
    this.#settings = settings
    this.#hook()
  }

  commit<T>({ body, visible, waitsForFlush }: Work<T>): Promise<T> {
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
      this.#ran = flight.ran
      return report(status)
    }
    const isError = status !== VISIBLE && status !== FLUSHED
    const answer = report(isError ? VISIBLE : status)
    if (isError) this.#fail(flight, status)
    else {
      flight.show()
      flight.settle(status === FLUSHED)
    }
    if (status !== VISIBLE) {
      this.#flights.delete(flight.landed)
      flight.land()
    }
    return answer
  }

  #fail(flight: Flight, status: number): void {
    const error = engineFailure(status, this.#settings.place)
    for (const waiting of flight.ran.splice(0)) waiting.failed(error)
    // A transaction that could not begin ran nothing: who waits for it would wait for ever.
    if (this.#isOnItsWay) this.#refuse(error)
  }

  #refuse(error: unknown): void {
    this.#isOnItsWay = false
    for (const waiting of this.#waiting.splice(0)) waiting.failed(error)
  }
}

/** One transaction of the write thread, from its start to its flush. */
class Flight {
  readonly ran: Waiting[] = []
  readonly landed: Promise<void>
  /** To be called when the write thread no longer waits for bodies. */
  readonly heard = awaitedByWrite()
  #land: () => void = noop
  #isShown = false

  constructor() {
    this.landed = new Promise((resolve) => {
      this.#land = resolve
    })
  }

  /** Tells everybody once that their writes can be seen. */
  show(): void {
    if (this.#isShown) return
    this.#isShown = true
    for (const { visible } of this.ran) visible()
  }

  /** Settles everything, or what needs no flush. */
  settle(isDurable: boolean): void {
    for (const waiting of this.ran.splice(0)) {
      if (isDurable || !waiting.waitsForFlush) waiting.done()
      else this.ran.push(waiting)
    }
  }

  land(): void {
    this.#land()
  }
}

function noop(): void {}
