// Which host runs which task. Pure, sticky and even: a task stays where it is unless its host is gone,
// may not run it, or has more than its share; only then it moves, to whoever has least.
//
//   1. Every task that some host may run has exactly one owner among those hosts.
//   2. Where all hosts may run all tasks, loads differ by at most one.
//   3. Then no assignment that satisfies 1 and 2 moves fewer tasks.
//   4. A task that must move goes where the freshest copy of it is, among hosts that have room for it.
//   5. Tasks of one sub-topology spread over hosts as well as 2 to 4 allow, because they are busy
//      together.
// The same input gives the same output, whatever order it comes in.

import { assert } from '#protocols/core/assert'
import { Copies } from './copies.ts'

/** A task to be placed; tasks of one group (a sub-topology) are best kept apart. */
export interface TaskSlot {
  readonly id: string
  readonly group: string
  /** Only hosts that run this topology may own it. */
  readonly topology: string
}

export interface HostSlot {
  readonly id: string
  readonly topologies: ReadonlySet<string>
}

/** Task id to host id. Tasks that no host may run are left out. */
export type Assignment = ReadonlyMap<string, string>

export function assign(
  tasks: readonly TaskSlot[],
  hosts: readonly HostSlot[],
  current: Assignment,
  copies: Copies = NO_COPIES,
): Assignment {
  const board = new Board(hosts)
  const byTopology = groupBy(sorted(tasks), (task) => task.topology)
  for (const [topology, slots] of [...byTopology].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const eligible = sorted(hosts.filter((host) => host.topologies.has(topology)))
    if (eligible.length > 0)
      placeTopology(board, { tasks: slots, hosts: eligible, current, copies })
  }
  return board.owners
}

const NO_COPIES = new Copies([])

interface Request {
  readonly tasks: readonly TaskSlot[]
  readonly hosts: readonly HostSlot[]
  readonly current: Assignment
  readonly copies: Copies
}

function placeTopology(board: Board, { tasks, hosts, current, copies }: Request): void {
  const held = new Map<string, TaskSlot[]>(hosts.map(({ id }) => [id, []]))
  const homeless: TaskSlot[] = []
  for (const task of tasks) {
    const mine = held.get(current.get(task.id) ?? '')
    if (mine === undefined) homeless.push(task)
    else mine.push(task)
  }
  const shares = sharesOf(board, tasks.length, hosts, held)
  for (const { id } of hosts) {
    const { kept, given } = trim(held.get(id) ?? [], shares.get(id) ?? 0)
    for (const task of kept) board.put(task, id)
    homeless.push(...given)
  }
  const strangers = sorted(homeless).filter((task) => {
    const home = copies.of(task.id).find(({ host }) => board.hasRoom(host, task, shares))
    if (home !== undefined) board.put(task, home.host)
    return home === undefined
  })
  for (const task of strangers) board.put(task, board.least(task, hosts, shares))
}

/**
 * How many of these tasks each host gets: an even share, and the remainder to those who already hold
 * most (they then give up fewest), the less loaded by other topologies first among equals.
 */
function sharesOf(
  board: Board,
  count: number,
  hosts: readonly HostSlot[],
  held: ReadonlyMap<string, readonly TaskSlot[]>,
): ReadonlyMap<string, number> {
  const even = Math.floor(count / hosts.length)
  const rest = count % hosts.length
  const over = (id: string): number => Math.max(0, (held.get(id)?.length ?? 0) - even)
  const ranked = [...hosts].sort(
    (a, b) =>
      Math.sign(over(b.id)) - Math.sign(over(a.id)) ||
      board.load(a.id) - board.load(b.id) ||
      (a.id < b.id ? -1 : 1),
  )
  return new Map(ranked.map(({ id }, rank) => [id, even + (rank < rest ? 1 : 0)]))
}

/** Keeps `share` tasks, giving up first from the groups the host has most of. */
function trim(
  tasks: readonly TaskSlot[],
  share: number,
): { kept: readonly TaskSlot[]; given: readonly TaskSlot[] } {
  if (tasks.length <= share) return { kept: tasks, given: [] }
  const groups = [...groupBy(tasks, (task) => task.group).values()]
  const given: TaskSlot[] = []
  while (given.length < tasks.length - share) {
    const largest = groups.reduce((a, b) => (b.length > a.length ? b : a))
    const last = largest.pop()
    if (last !== undefined) given.push(last)
  }
  return { kept: groups.flat(), given }
}

/** Who owns what so far, and how much that is. Hosts go by their number: there may be many. */
class Board {
  readonly owners = new Map<string, string>()
  readonly #numbers: ReadonlyMap<string, number>
  readonly #loads: number[]
  /** Of each group and each topology, how much every host has. */
  readonly #groups = new Map<string, number[]>()
  readonly #placed = new Map<string, number[]>()

  constructor(hosts: readonly HostSlot[]) {
    this.#numbers = new Map(hosts.map(({ id }, n) => [id, n]))
    this.#loads = hosts.map(() => 0)
  }

  load(host: string): number {
    return at(this.#loads, this.#number(host))
  }

  put({ id, group, topology }: TaskSlot, host: string): void {
    const number = this.#number(host)
    this.owners.set(id, host)
    for (const counts of [this.#loads, this.#groupOf(group), this.#placedOf(topology)]) {
      counts[number] = at(counts, number) + 1
    }
  }

  hasRoom(host: string, { topology }: TaskSlot, shares: ReadonlyMap<string, number>): boolean {
    const share = shares.get(host)
    return share !== undefined && at(this.#placedOf(topology), this.#number(host)) < share
  }

  /** The host below its share that has fewest of the task's group, then fewest of all. */
  least(task: TaskSlot, hosts: readonly HostSlot[], shares: ReadonlyMap<string, number>): string {
    const placed = this.#placedOf(task.topology)
    const alike = this.#groupOf(task.group)
    let best: string | null = null
    let bestNumber = -1
    for (const { id } of hosts) {
      const number = this.#number(id)
      const more = best === null ? -1 : at(alike, number) - at(alike, bestNumber)
      if (more > 0 || (more === 0 && at(this.#loads, number) >= at(this.#loads, bestNumber)))
        continue
      if (at(placed, number) >= (shares.get(id) ?? 0)) continue
      best = id
      bestNumber = number
    }
    assert(best !== null, 'shares add up to the number of tasks, so somebody is below theirs')
    return best
  }

  #number(host: string): number {
    return this.#numbers.get(host) ?? -1
  }

  #groupOf(group: string): number[] {
    return countsOf(this.#groups, group, this.#loads.length)
  }

  #placedOf(topology: string): number[] {
    return countsOf(this.#placed, topology, this.#loads.length)
  }
}

const at = (counts: readonly number[], number: number): number => counts[number] ?? 0

function countsOf(all: Map<string, number[]>, name: string, hosts: number): number[] {
  let counts = all.get(name)
  if (counts === undefined) {
    counts = Array.from({ length: hosts }, () => 0)
    all.set(name, counts)
  }
  return counts
}

const sorted = <T extends { readonly id: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

function groupBy<T>(items: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(name(item))
    if (group === undefined) groups.set(name(item), [item])
    else group.push(item)
  }
  return groups
}
