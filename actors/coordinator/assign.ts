// Which host runs which task. Pure, sticky and even: a task stays where it is unless its host is gone,
// may not run it, or has more than its share; only then it moves, to whoever has least.
//
//   1. Every task that some host may run has exactly one owner among those hosts.
//   2. Where all hosts may run all tasks, loads differ by at most one.
//   3. Then no assignment that satisfies 1 and 2 moves fewer tasks.
//   4. Tasks of one sub-topology spread over hosts as well as 2 and 3 allow, because they are busy
//      together.
// The same input gives the same output, whatever order it comes in.

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
): Assignment {
  const board = new Board(hosts)
  const byTopology = groupBy(sorted(tasks), (task) => task.topology)
  for (const [topology, slots] of [...byTopology].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const eligible = sorted(hosts.filter((host) => host.topologies.has(topology)))
    if (eligible.length > 0) placeTopology(board, slots, eligible, current)
  }
  return board.owners
}

function placeTopology(
  board: Board,
  tasks: readonly TaskSlot[],
  hosts: readonly HostSlot[],
  current: Assignment,
): void {
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
  for (const task of sorted(homeless)) board.put(task, board.least(task, hosts, shares))
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

/** Who owns what so far, and how much that is. */
class Board {
  readonly owners = new Map<string, string>()
  readonly #loads = new Map<string, number>()
  readonly #groups = new Map<string, number>()
  readonly #placed = new Map<string, number>()

  constructor(hosts: readonly HostSlot[]) {
    for (const { id } of hosts) this.#loads.set(id, 0)
  }

  load(host: string): number {
    return this.#loads.get(host) ?? 0
  }

  put(task: TaskSlot, host: string): void {
    this.owners.set(task.id, host)
    this.#loads.set(host, this.load(host) + 1)
    count(this.#groups, `${host} ${task.group}`)
    count(this.#placed, `${host} ${task.topology}`)
  }

  /** The host below its share that has fewest of the task's group, then fewest of all. */
  least(task: TaskSlot, hosts: readonly HostSlot[], shares: ReadonlyMap<string, number>): string {
    const placed = (id: string): number => this.#placed.get(`${id} ${task.topology}`) ?? 0
    const alike = (id: string): number => this.#groups.get(`${id} ${task.group}`) ?? 0
    let best: HostSlot | null = null
    for (const host of hosts) {
      if (placed(host.id) >= (shares.get(host.id) ?? 0)) continue
      if (best === null || alike(host.id) < alike(best.id)) best = host
      else if (alike(host.id) === alike(best.id) && this.load(host.id) < this.load(best.id)) {
        best = host
      }
    }
    // Shares add up to the number of tasks, so somebody is below theirs.
    return (best as HostSlot).id
  }
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

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
