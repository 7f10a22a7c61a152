// Which hosts keep copies of which tasks. Pure, sticky and even, as `assign` is for owners.
//
//   1. A copy is never beside its owner, and no host keeps two of one task.
//   2. A task has as many copies as were asked for, or as there are other hosts that can keep one.
//   3. A copy stays where it is unless its host is gone, became the owner, or has two more than another
//      host that could take it.
//   4. A new copy begins where most of it is already: at the former owner, at a copy made in passing.
// The same input gives the same output, and the output given back changes nothing.

import type { Assignment, HostSlot, TaskSlot } from './assign.ts'
import type { Copies } from './copies.ts'

/** How an application keeps copies; the hosts of one application should say the same. */
export interface StandbySettings {
  /** Copies of each task that keeps something, besides its owner. */
  readonly count: number
  /** A copy that is at most so many changes behind may take a task over. */
  readonly acceptableLag: number
  /** Tasks that are copied at a time so that they can move, in the whole application; at least 1. */
  readonly warmups: number
}

export const STANDBY_DEFAULT: StandbySettings = { count: 0, acceptableLag: 10_000, warmups: 2 }

/** Task id to hosts; tasks without copies are left out. */
export type Standbys = ReadonlyMap<string, readonly string[]>

export interface StandbyRequest {
  /** Those that keep something. */
  readonly tasks: readonly TaskSlot[]
  /** Those that can keep copies. */
  readonly hosts: readonly HostSlot[]
  readonly owners: Assignment
  /** The last outcome; what follows the first `count` hosts of a task is not of it. */
  readonly current: Readonly<Record<string, readonly string[]>>
  readonly copies: Copies
  readonly count: number
}

export function placeStandbys(request: StandbyRequest): Standbys {
  if (request.count === 0) return new Map()
  const shelf = new Shelf(request)
  const tasks = [...request.tasks].sort(byId)
  for (const task of tasks) shelf.keep(task)
  for (const task of tasks) shelf.fill(task)
  shelf.level(tasks)
  return shelf.placed
}

/** Who keeps what so far, and how much that is. */
class Shelf {
  readonly placed = new Map<string, string[]>()
  readonly #request: StandbyRequest
  readonly #hosts: readonly HostSlot[]
  /** By topology, those that run it, in order. */
  readonly #eligible = new Map<string, ReadonlySet<string>>()
  readonly #loads = new Map<string, number>()
  /** Hosts by how much they keep. */
  readonly #shelves: Set<string>[] = []

  constructor(request: StandbyRequest) {
    this.#request = request
    this.#hosts = [...request.hosts].sort(byId)
    for (const { id } of this.#hosts) this.#setLoad(id, 0)
  }

  /** What the task had and may keep. */
  keep(task: TaskSlot): void {
    const { current, count } = this.#request
    for (const host of (current[task.id] ?? []).slice(0, count)) {
      if (this.#mayKeep(host, task)) this.#put(task, host)
    }
  }

  /** What the task lacks: where most of it is, then where least is kept. */
  fill(task: TaskSlot): void {
    const { copies, count } = this.#request
    while (this.#of(task).length < count) {
      const known = copies.of(task.id).find(({ host }) => this.#mayKeep(host, task))
      const host = known?.host ?? this.#least(task)
      if (host === null) return
      this.#put(task, host)
    }
  }

  /** Moves copies from those that keep most to those that keep two fewer, as long as there are some. */
  level(tasks: readonly TaskSlot[]): void {
    for (let hasMoved = true; hasMoved; ) {
      hasMoved = false
      const lowest = Math.min(...this.#loads.values())
      for (const task of tasks) {
        for (const from of [...this.#of(task)]) {
          if (this.#load(from) < lowest + 2) continue
          const to = this.#least(task)
          if (to === null || this.#load(to) > this.#load(from) - 2) continue
          this.#move(task, from, to)
          hasMoved = true
        }
      }
    }
  }

  #of({ id }: TaskSlot): string[] {
    return this.placed.get(id) ?? []
  }

  #load(host: string): number {
    return this.#loads.get(host) ?? 0
  }

  #least(task: TaskSlot): string | null {
    for (const shelf of this.#shelves) {
      for (const id of shelf) if (this.#mayKeep(id, task)) return id
    }
    return null
  }

  #mayKeep(host: string, task: TaskSlot): boolean {
    return this.#eligibleFor(task.topology).has(host) && this.#isFree(host, task)
  }

  #isFree(host: string, task: TaskSlot): boolean {
    return this.#request.owners.get(task.id) !== host && !this.#of(task).includes(host)
  }

  #eligibleFor(topology: string): ReadonlySet<string> {
    let found = this.#eligible.get(topology)
    if (found === undefined) {
      const able = this.#hosts.filter(({ topologies }) => topologies.has(topology))
      found = new Set(able.map(({ id }) => id))
      this.#eligible.set(topology, found)
    }
    return found
  }

  #put(task: TaskSlot, host: string): void {
    const hosts = this.placed.get(task.id)
    if (hosts === undefined) this.placed.set(task.id, [host])
    else hosts.push(host)
    this.#setLoad(host, this.#load(host) + 1)
  }

  #move(task: TaskSlot, from: string, to: string): void {
    const hosts = this.#of(task).map((host) => (host === from ? to : host))
    this.placed.set(task.id, hosts)
    this.#setLoad(from, this.#load(from) - 1)
    this.#setLoad(to, this.#load(to) + 1)
  }

  #setLoad(host: string, load: number): void {
    this.#shelves[this.#load(host)]?.delete(host)
    this.#loads.set(host, load)
    while (this.#shelves.length <= load) this.#shelves.push(new Set())
    this.#shelves[load]?.add(host)
  }
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0
