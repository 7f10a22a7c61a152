// Which host runs which task. Pure, sticky and even: a task stays where it is unless its host is gone,
// may not run it, or has more than its share; only then it moves, to whoever has least.
//
//   1. Every task that some host may run has exactly one owner among those hosts.
//   2. Where all hosts may run all tasks, each has its quota, rounded up or down: as large a part of
//      the tasks as its capacity is of all capacities. Among equals loads differ by at most one.
//   3. Then no assignment that satisfies 1 and 2 moves fewer tasks.
//   4. A task that must move goes where the freshest copy of it is, among hosts that have room for it.
//   5. Tasks of one sub-topology spread over hosts as well as 2 to 4 allow, because they are busy
//      together.
//   6. A pinned task is where its pin says, and the others are evened out around it. A draining host
//      has nothing, unless only such can run the topology: then its tasks stay as they are.
//   7. While all is frozen, only tasks whose host is gone move.
//   8. While hosts of a topology are of different versions none of its tasks moves to make them even, and
//      those that must go to hosts of the version that comes in, where one can take them.
// The same input gives the same output, whatever order it comes in.

import { assert } from '#protocols/core/assert'
import { Copies } from './copies.ts'
import { sharesOf } from './shares.ts'
import type { Outgoing } from './upgrade.ts'

/** A task to be placed; tasks of one group (a sub-topology) are best kept apart. */
export interface TaskSlot {
  readonly id: string
  readonly group: string
  readonly topology: string
  /**
   * Only hosts that can run this may own it, and what is in it is evened out together. Default: the
   * topology; where hosts can run different parts of that, one of them.
   */
  readonly unit?: string | undefined
}

export const unitOf = ({ unit, topology }: TaskSlot): string => unit ?? topology

export interface HostSlot {
  readonly id: string
  /** What it can run. */
  readonly units: ReadonlySet<string>
  /** Default 1. */
  readonly capacity?: number | undefined
  /** It is to hold nothing. */
  readonly isDraining?: boolean | undefined
  /** Hosts of one zone may fail together; default: it shares nothing. */
  readonly zone?: string | undefined
}

/** Task id to host id. Tasks that no host may run are left out. */
export type Assignment = ReadonlyMap<string, string>

export interface AssignOptions {
  readonly copies?: Copies | undefined
  /** Task id to the host that is to run it, as long as that can. */
  readonly pins?: Readonly<Record<string, string>> | undefined
  readonly isFrozen?: boolean | undefined
  readonly outgoing?: Outgoing | undefined
}

export function assign(
  tasks: readonly TaskSlot[],
  hosts: readonly HostSlot[],
  current: Assignment,
  { copies = NO_COPIES, pins = {}, isFrozen = false, outgoing = NONE_GOES }: AssignOptions = {},
): Assignment {
  const board = new Board(hosts)
  const byUnit = groupBy(sorted(tasks), unitOf)
  for (const [unit, slots] of [...byUnit].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const able = sorted(hosts.filter((host) => host.units.has(unit)))
    const staying = able.filter(({ isDraining }) => isDraining !== true)
    if (able.length === 0) continue
    const going = outgoing.get(slots[0]?.topology ?? '')
    const coming = staying.filter(({ id }) => going?.has(id) !== true)
    const rest = { tasks: slots, able, current, copies, pins, isSteady: going !== undefined }
    if (coming.length > 0) placeUnit(board, { ...rest, taking: coming, isStill: isFrozen })
    else if (staying.length > 0) placeUnit(board, { ...rest, taking: staying, isStill: isFrozen })
    else placeUnit(board, { ...rest, taking: able, isStill: true })
  }
  return board.owners
}

const NO_COPIES = new Copies([])
const NONE: ReadonlySet<string> = new Set()
const NONE_GOES: Outgoing = new Map()

interface Request {
  readonly tasks: readonly TaskSlot[]
  /** Hosts that can run the unit, and those of them that may be given tasks. */
  readonly able: readonly HostSlot[]
  readonly taking: readonly HostSlot[]
  readonly current: Assignment
  readonly copies: Copies
  readonly pins: Readonly<Record<string, string>>
  /** Tasks stay where they can. */
  readonly isStill: boolean
  /** They stay unless operators want them elsewhere. */
  readonly isSteady: boolean
}

function placeUnit(board: Board, request: Request): void {
  const { tasks, taking, copies } = request
  const { held, pinned, homeless } = homesOf(request)
  const shares = sharesOf(tasks.length, taking, {
    held: (id) => held.get(id)?.length ?? 0,
    pinned: (id) => pinned.get(id)?.size ?? 0,
    load: (id) => board.load(id),
    isStill: request.isStill || request.isSteady,
  })
  for (const [id, mine] of held) {
    const isKept = request.isStill || (request.isSteady && !isEmptied(id, request))
    const share = isKept ? mine.length : (shares.get(id) ?? 0)
    const { kept, given } = trim(mine, share, pinned.get(id) ?? NONE)
    for (const task of kept) board.put(task, id)
    homeless.push(...given)
  }
  const strangers = sorted(homeless).filter((task) => {
    const home = copies.of(task.id).find(({ host }) => board.hasRoom(host, task, shares))
    if (home !== undefined) board.put(task, home.host)
    return home === undefined
  })
  for (const task of strangers) board.put(task, board.least(task, taking, shares))
}

const isEmptied = (host: string, { able }: Request): boolean =>
  able.some(({ id, isDraining }) => id === host && isDraining === true)

interface Homes {
  /** Of each host, the tasks it has, and those it is to have by a pin. */
  readonly held: ReadonlyMap<string, TaskSlot[]>
  readonly pinned: ReadonlyMap<string, ReadonlySet<string>>
  readonly homeless: TaskSlot[]
}

/** Where tasks are, and where pins want them. */
function homesOf({ tasks, able, taking, current, pins, isStill }: Request): Homes {
  const held = new Map<string, TaskSlot[]>(able.map(({ id }) => [id, []]))
  const pinned = new Map<string, Set<string>>(taking.map(({ id }) => [id, new Set()]))
  const homeless: TaskSlot[] = []
  for (const task of tasks) {
    const mine = held.get(current.get(task.id) ?? '')
    const pin = pins[task.id] ?? ''
    const beside = mine === undefined || !isStill ? pinned.get(pin) : undefined
    if (beside !== undefined) {
      beside.add(task.id)
      held.get(pin)?.push(task)
    } else if (mine === undefined) homeless.push(task)
    else mine.push(task)
  }
  return { held, pinned, homeless }
}

/** Keeps `share` tasks, giving up first from the groups the host has most of, and none that is pinned. */
function trim(
  tasks: readonly TaskSlot[],
  share: number,
  pinned: ReadonlySet<string>,
): { kept: readonly TaskSlot[]; given: readonly TaskSlot[] } {
  if (tasks.length <= share) return { kept: tasks, given: [] }
  const fixed = tasks.filter(({ id }) => pinned.has(id))
  const loose = tasks.filter(({ id }) => !pinned.has(id))
  const groups = [...groupBy(loose, (task) => task.group).values()]
  const given: TaskSlot[] = []
  while (given.length < tasks.length - share) {
    const largest = groups.reduce((a, b) => (b.length > a.length ? b : a))
    const last = largest.pop()
    assert(last !== undefined, 'a share is never smaller than what is pinned')
    given.push(last)
  }
  return { kept: [...fixed, ...groups.flat()], given }
}

/** Who owns what so far, and how much that is. Hosts go by their number: there may be many. */
class Board {
  readonly owners = new Map<string, string>()
  readonly #numbers: ReadonlyMap<string, number>
  readonly #capacities: readonly number[]
  readonly #loads: number[]
  /** Of each group and each unit, how much every host has. */
  readonly #groups = new Map<string, number[]>()
  readonly #placed = new Map<string, number[]>()

  constructor(hosts: readonly HostSlot[]) {
    this.#numbers = new Map(hosts.map(({ id }, n) => [id, n]))
    this.#capacities = hosts.map(({ capacity = 1 }) => capacity)
    this.#loads = hosts.map(() => 0)
  }

  load(host: string): number {
    return at(this.#loads, this.#number(host))
  }

  put(task: TaskSlot, host: string): void {
    const number = this.#number(host)
    this.owners.set(task.id, host)
    for (const counts of [this.#loads, this.#groupOf(task.group), this.#placedOf(task)]) {
      counts[number] = at(counts, number) + 1
    }
  }

  hasRoom(host: string, task: TaskSlot, shares: ReadonlyMap<string, number>): boolean {
    const share = shares.get(host)
    return share !== undefined && at(this.#placedOf(task), this.#number(host)) < share
  }

  /** The host below its share that has fewest of the task's group for its capacity, then fewest of all. */
  least(task: TaskSlot, hosts: readonly HostSlot[], shares: ReadonlyMap<string, number>): string {
    const placed = this.#placedOf(task)
    const alike = this.#groupOf(task.group)
    let best: string | null = null
    let bestNumber = -1
    for (const { id } of hosts) {
      const number = this.#number(id)
      const more = best === null ? -1 : this.#difference(alike, number, bestNumber)
      if (more > 0 || (more === 0 && this.#difference(this.#loads, number, bestNumber) >= 0))
        continue
      if (at(placed, number) >= (shares.get(id) ?? 0)) continue
      best = id
      bestNumber = number
    }
    assert(best !== null, 'shares add up to the number of tasks, so somebody is below theirs')
    return best
  }

  /** Of what two hosts have, each for its capacity. */
  #difference(counts: readonly number[], a: number, b: number): number {
    return at(counts, a) / (this.#capacities[a] ?? 1) - at(counts, b) / (this.#capacities[b] ?? 1)
  }

  #number(host: string): number {
    return this.#numbers.get(host) ?? -1
  }

  #groupOf(group: string): number[] {
    return countsOf(this.#groups, group, this.#loads.length)
  }

  #placedOf(task: TaskSlot): number[] {
    return countsOf(this.#placed, unitOf(task), this.#loads.length)
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
