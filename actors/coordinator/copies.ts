// What hosts have of tasks, as their records say it: who runs one, and who keeps a copy of its stores
// and how far that is behind. Pure: a look-up over the members of one look.
//
// A lag is a number of changes in the task's commit log. It is as old as the record that says it, so
// everything decided by it must do no harm when it is wrong: a copy that is further behind than it said
// replays more.

import type { Member } from '#protocols/messages/membership'

export interface Copy {
  readonly host: string
  /** 0 for the one who runs the task; infinite while nobody knows. */
  readonly lag: number
}

export class Copies {
  readonly #draining: ReadonlySet<string>
  readonly #members = new Map<string, Member>()
  readonly #holders = new Map<string, string[]>()
  readonly #copies = new Map<string, Copy[]>()

  /** @param draining hosts that are to be given nothing */
  constructor(members: readonly Member[], draining: readonly string[] = []) {
    this.#draining = new Set(draining)
    for (const member of members) {
      const { id, held, copies = {} } = member
      this.#members.set(id, member)
      for (const task of held) {
        add(this.#holders, task, id)
        add(this.#copies, task, { host: id, lag: 0 })
      }
      for (const [task, lag] of Object.entries(copies)) {
        add(this.#copies, task, { host: id, lag: lag < 0 ? Number.POSITIVE_INFINITY : lag })
      }
    }
    for (const found of this.#copies.values()) {
      found.sort((a, b) => difference(a.lag, b.lag) || (a.host < b.host ? -1 : 1))
    }
  }

  /** Living hosts that run the task, or have not finished closing it. */
  holders(task: string): readonly string[] {
    return this.#holders.get(task) ?? NONE
  }

  /** Who has anything of a task, the freshest first. */
  of(task: string): readonly Copy[] {
    return this.#copies.get(task) ?? NONE
  }

  /** How far a host's copy is behind; infinite where it has none, or does not know. */
  lag(task: string, host: string): number {
    return this.of(task).find((copy) => copy.host === host)?.lag ?? Number.POSITIVE_INFINITY
  }

  /**
   * Whether the host takes part and runs the sub-topology.
   * @param group `topology/sub-topology`
   */
  canRun(host: string, group: string): boolean {
    return this.#members.get(host)?.state === 'active' && this.#offers(host, group)
  }

  /** Whether the host can go on with what it runs: it takes part, or hands over before it leaves. */
  canGoOn(host: string, group: string): boolean {
    const isHandingOver = this.#members.get(host)?.isHandingOver === true
    return this.canRun(host, group) || (isHandingOver && this.#offers(host, group))
  }

  /** Whether it can, and may be given more. */
  mayTake(host: string, group: string): boolean {
    return this.canRun(host, group) && !this.#draining.has(host)
  }

  /** Whether the host is of a version that keeps copies. */
  canCopy(host: string): boolean {
    return this.#members.get(host)?.copies !== undefined
  }

  #offers(host: string, group: string): boolean {
    const [topology = '', subtopology = ''] = group.split('/')
    return this.#members.get(host)?.topologies[topology]?.[subtopology] !== undefined
  }
}

const NONE: readonly never[] = []

/** Of numbers that may both be infinite. */
const difference = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

function add<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [item])
  else list.push(item)
}
