// How many of a topology's tasks each host gets: a quota as its capacity, rounded up or down so that the
// whole comes out. Pure.
//
//   1. Shares add up to the number of tasks, and each is less than one away from its host's quota.
//   2. Who is to have more than that by pins has exactly its pins; the others share the rest by 1.
//   3. Rounded up is first for those who hold more than rounded down: they then give up fewest.
//   4. While tasks are still, nobody's share is less than what it holds.

/** A host, and how much it takes beside others. */
export interface Sharer {
  readonly id: string
  /** Default 1. */
  readonly capacity?: number | undefined
}

export interface Standing {
  /** Tasks of this topology that a host has, or is to have by a pin. */
  held(id: string): number
  /** Those of them that it is to have by a pin. */
  pinned(id: string): number
  /** Tasks of other topologies that were placed there. */
  load(id: string): number
  readonly isStill: boolean
}

/** Of a division that is whole but for the way numbers are kept. */
const SLIGHT = 1e-9

/** @param hosts in order */
export function sharesOf(
  count: number,
  hosts: readonly Sharer[],
  standing: Standing,
): ReadonlyMap<string, number> {
  const shares = new Map<string, number>()
  const even = loosen(count, hosts, standing, shares)
  for (const [id, share] of round(even, standing)) shares.set(id, share)
  if (standing.isStill) {
    for (const { id } of hosts) {
      shares.set(id, Math.max(shares.get(id) ?? 0, standing.held(id)))
    }
  }
  return shares
}

interface Even {
  readonly count: number
  readonly hosts: readonly Sharer[]
}

/** Sets the shares of hosts with more pins than their quota; answers what is left, and for whom. */
function loosen(
  count: number,
  hosts: readonly Sharer[],
  { pinned }: Standing,
  shares: Map<string, number>,
): Even {
  let even: Even = { count, hosts }
  for (;;) {
    const quota = quotaOf(even)
    const full = even.hosts.filter((host) => pinned(host.id) > quota(host) + SLIGHT)
    if (full.length === 0) return even
    for (const { id } of full) shares.set(id, pinned(id))
    const taken = full.reduce((sum, { id }) => sum + pinned(id), 0)
    const rest = even.hosts.filter(({ id }) => !shares.has(id))
    even = { count: even.count - taken, hosts: rest }
  }
}

function round(even: Even, { held, load }: Standing): ReadonlyMap<string, number> {
  const quota = quotaOf(even)
  const ranked = even.hosts.map((host) => {
    const { id, capacity = 1 } = host
    const exact = quota(host)
    const down = Math.floor(exact + SLIGHT)
    const isOver = held(id) > down ? 1 : 0
    return { id, down, isOver, part: exact - down, next: (load(id) + down + 1) / capacity }
  })
  const uneven = ranked
    .filter(({ part }) => part > SLIGHT)
    .sort(
      (a, b) => b.isOver - a.isOver || a.next - b.next || b.part - a.part || (a.id < b.id ? -1 : 1),
    )
  const rest = even.count - ranked.reduce((sum, { down }) => sum + down, 0)
  const up = new Set(uneven.slice(0, rest).map(({ id }) => id))
  return new Map(ranked.map(({ id, down }) => [id, down + (up.has(id) ? 1 : 0)]))
}

function quotaOf({ count, hosts }: Even): (host: Sharer) => number {
  const whole = hosts.reduce((sum, { capacity = 1 }) => sum + capacity, 0)
  return ({ capacity = 1 }) => (count * capacity) / whole
}
