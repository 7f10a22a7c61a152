// Which hosts keep copies of which tasks. Pure, sticky and even, as `assign` is for owners.
//
//   1. A copy is never beside its owner, and no host keeps two of one task.
//   2. A task has as many copies as were asked for, or as there are other hosts that can keep one.
//   3. Owner and copies are in as many zones as can be; a host without a zone is one by itself.
//   4. A copy stays where it is unless its host is gone, drains, became the owner, or keeps more for its
//      capacity than another that could take it would with one more, or there is a host in a better zone.
//   5. A new copy begins where most of it is already: at the former owner, at a copy made in passing.
//   6. While all is frozen, only copies whose host is gone or became the owner move; while hosts differ,
//      none moves to make them even.
// The same input gives the same output, and the output given back changes nothing.

import { type Assignment, type HostSlot, type TaskSlot, unitOf } from './assign.ts'
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
  readonly isFrozen?: boolean | undefined
  /** Nobody's copies are moved to make them even. */
  readonly isSteady?: boolean | undefined
}

export function placeStandbys(request: StandbyRequest): Standbys {
  if (request.count === 0) return new Map()
  const shelf = new Shelf(request)
  const tasks = [...request.tasks].sort(byId)
  for (const task of tasks) shelf.keep(task)
  for (const task of tasks) shelf.fill(task)
  if (request.isFrozen !== true && request.isSteady !== true) shelf.level(tasks)
  return shelf.placed
}

/** Who keeps what so far, and how much that is. */
class Shelf {
  readonly placed = new Map<string, string[]>()
  readonly #request: StandbyRequest
  readonly #hosts: readonly HostSlot[]
  readonly #zones: Zones
  readonly #draining: ReadonlySet<string>
  /** By unit, those that can run it. */
  readonly #eligible = new Map<string, ReadonlySet<string>>()
  readonly #loads = new Map<string, number>()
  readonly #capacities: ReadonlyMap<string, number>
  /** Hosts by how much they would keep for their capacity with one copy more. */
  readonly #shelves = new Map<number, Set<string>>()
  /** Keys of the shelves, ascending. */
  readonly #heights: number[] = []

  constructor(request: StandbyRequest) {
    this.#request = request
    this.#hosts = [...request.hosts].sort(byId)
    this.#zones = new Zones(this.#hosts)
    const draining = this.#hosts.filter(({ isDraining }) => isDraining === true)
    this.#draining = new Set(draining.map(({ id }) => id))
    this.#capacities = new Map(this.#hosts.map(({ id, capacity = 1 }) => [id, capacity]))
    for (const { id } of this.#hosts) this.#shelve(id)
  }

  /** What the task had and may keep. */
  keep(task: TaskSlot): void {
    const { current, count, isFrozen = false } = this.#request
    for (const host of (current[task.id] ?? []).slice(0, count)) {
      if (!this.#isAble(host, task)) continue
      if (isFrozen || (this.#takes(host, task) && this.#isBest(host, task))) this.#put(task, host)
    }
  }

  /** What the task lacks: in the best zone, there where most of it is, then where least is kept. */
  fill(task: TaskSlot): void {
    const { copies, count } = this.#request
    for (let shared = 0; this.#of(task).length < count && shared <= count; ) {
      const crowd = this.#crowd(task)
      const known = copies
        .of(task.id)
        .find(({ host }) => this.#takes(host, task) && this.#zones.shared(host, crowd) <= shared)
      const host = known?.host ?? this.#least(task, shared)
      if (host === null) shared++
      else this.#put(task, host)
    }
  }

  /** Moves copies to hosts that have less for their capacity even then, as long as there are some. */
  level(tasks: readonly TaskSlot[]): void {
    for (let hasMoved = true; hasMoved; ) {
      hasMoved = false
      for (const task of tasks) {
        for (const from of [...this.#of(task)]) {
          const height = this.#height(from, 0)
          if ((this.#heights[0] ?? 0) >= height) continue
          const to = this.#heir(task, from)
          if (to === null || this.#height(to, 1) >= height) continue
          this.#move(task, from, to)
          hasMoved = true
        }
      }
    }
  }

  /** Whether nobody could keep a copy in a better zone. */
  #isBest(host: string, task: TaskSlot): boolean {
    const shared = this.#zones.matter ? this.#zones.shared(host, this.#crowd(task)) : 0
    return this.#least(task, shared - 1) === null
  }

  /** Whoever keeps least of those in whose zones the copies would be as well placed as they are. */
  #heir(task: TaskSlot, from: string): string | null {
    const before = this.#ranks(task, this.#of(task))
    return this.#first((to) => {
      if (!this.#takes(to, task)) return false
      if (!this.#zones.matter) return true
      const after = this.#ranks(task, exchanged(this.#of(task), from, to))
      return after.every((rank, n) => rank === before[n])
    })
  }

  /** Of each copy, how many of the owner and the copies before it are in its zone. */
  #ranks({ id }: TaskSlot, hosts: readonly string[]): number[] {
    const owner = this.#request.owners.get(id) ?? ''
    return hosts.map((host, n) => this.#zones.shared(host, [owner, ...hosts.slice(0, n)]))
  }

  /** Who has the task so far. */
  #crowd(task: TaskSlot): readonly string[] {
    return [this.#request.owners.get(task.id) ?? '', ...this.#of(task)]
  }

  #of({ id }: TaskSlot): string[] {
    return this.placed.get(id) ?? []
  }

  #load(host: string): number {
    return this.#loads.get(host) ?? 0
  }

  /** Whoever keeps least of those whose zone holds at most so many of the task. */
  #least(task: TaskSlot, sharedMax: number): string | null {
    if (sharedMax < 0) return null
    const crowd = this.#crowd(task)
    return this.#first(
      (host) => this.#takes(host, task) && this.#zones.shared(host, crowd) <= sharedMax,
    )
  }

  /** Of those that suit, whoever keeps least. */
  #first(suits: (host: string) => boolean): string | null {
    for (const height of this.#heights) {
      for (const id of this.#shelves.get(height) ?? []) if (suits(id)) return id
    }
    return null
  }

  #takes(host: string, task: TaskSlot): boolean {
    return !this.#draining.has(host) && this.#isAble(host, task)
  }

  #isAble(host: string, task: TaskSlot): boolean {
    return this.#eligibleFor(unitOf(task)).has(host) && this.#isFree(host, task)
  }

  #isFree(host: string, task: TaskSlot): boolean {
    return this.#request.owners.get(task.id) !== host && !this.#of(task).includes(host)
  }

  #eligibleFor(unit: string): ReadonlySet<string> {
    let found = this.#eligible.get(unit)
    if (found === undefined) {
      const able = this.#hosts.filter(({ units }) => units.has(unit))
      found = new Set(able.map(({ id }) => id))
      this.#eligible.set(unit, found)
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
    this.placed.set(task.id, exchanged(this.#of(task), from, to))
    this.#setLoad(from, this.#load(from) - 1)
    this.#setLoad(to, this.#load(to) + 1)
  }

  #setLoad(host: string, load: number): void {
    const height = this.#height(host, 1)
    const shelf = this.#shelves.get(height)
    shelf?.delete(host)
    if (shelf?.size === 0) {
      this.#shelves.delete(height)
      this.#heights.splice(this.#heights.indexOf(height), 1)
    }
    this.#loads.set(host, load)
    this.#shelve(host)
  }

  #shelve(host: string): void {
    const height = this.#height(host, 1)
    const shelf = this.#shelves.get(height)
    if (shelf !== undefined) return void shelf.add(host)
    this.#shelves.set(height, new Set([host]))
    const higher = this.#heights.findIndex((it) => it > height)
    this.#heights.splice(higher < 0 ? this.#heights.length : higher, 0, height)
  }

  /** What a host would keep for its capacity with so many copies more. */
  #height(host: string, more: number): number {
    return (this.#load(host) + more) / (this.#capacities.get(host) ?? 1)
  }
}

/** Which hosts may fail together. */
class Zones {
  /** Whether there is a choice. */
  readonly matter: boolean
  readonly #of: ReadonlyMap<string, string>

  constructor(hosts: readonly HostSlot[]) {
    const named = hosts.flatMap(({ id, zone }) => (zone === undefined ? [] : [[id, zone] as const]))
    this.#of = new Map(named)
    const isOneForAll =
      new Set(named.map(([, zone]) => zone)).size === 1 && named.length === hosts.length
    this.matter = named.length > 1 && !isOneForAll
  }

  /** How many of these are in the host's zone. */
  shared(host: string, others: readonly string[]): number {
    const zone = this.matter ? this.#of.get(host) : undefined
    return zone === undefined ? 0 : others.filter((other) => this.#of.get(other) === zone).length
  }
}

const exchanged = (hosts: readonly string[], from: string, to: string): string[] =>
  hosts.map((host) => (host === from ? to : host))

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0
