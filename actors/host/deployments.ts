// The topologies a host was given to run. It offers one to its group when all of its workers have loaded
// it; a worker that begins again loads again, and the offer stands meanwhile.

import type { Member, Placement } from '#protocols/messages/membership'
import { type Standing, standingOf } from '../coordinator/upgrade.ts'
import type { Deployment, TaskSpec } from './messages.ts'
import { type Notice, noticeOf } from './notices.ts'

export class Deployments {
  readonly #workers: number
  readonly #all = new Map<string, Deployment>()
  /** Of each topology, the workers that have, or once had, its plan. */
  readonly #loaded = new Map<string, Set<number>>()
  /** Of each topology, what it was last told to be to the active one. */
  readonly #standings = new Map<string, Standing>()

  constructor(workers: number) {
    this.#workers = workers
  }

  get all(): Iterable<Deployment> {
    return this.#all.values()
  }

  add(deployment: Deployment): void {
    this.#all.set(deployment.topology, deployment)
    this.#loaded.set(deployment.topology, new Set())
  }

  remove(topology: string): void {
    this.#all.delete(topology)
    this.#loaded.delete(topology)
    this.#standings.delete(topology)
  }

  /** A worker has the plan of a topology. True when it was the last one. */
  load(topology: string, worker: number): boolean {
    const wasOffered = this.#isOffered(topology)
    this.#loaded.get(topology)?.add(worker)
    return !wasOffered && this.#isOffered(topology)
  }

  /** What the host's record says it can run. */
  get offer(): Pick<Member, 'topologies' | 'stateful' | 'plans'> {
    const offered = [...this.#all.values()].filter(({ topology }) => this.#isOffered(topology))
    return {
      topologies: Object.fromEntries(offered.map(({ topology, tasks }) => [topology, tasks])),
      stateful: offered.flatMap(({ topology, stateful }) =>
        stateful.map((subtopology) => `${topology}/${subtopology}`),
      ),
      plans: Object.fromEntries(
        offered.flatMap(({ topology, plan }) => (plan === undefined ? [] : [[topology, plan]])),
      ),
    }
  }

  /** What there is to say, now that these shapes are active. */
  notices(active: Placement['active']): readonly Notice[] {
    return [...this.#all.values()].flatMap(({ topology, plan }) => {
      // Not placed by shapes, or not yet.
      if (active?.[topology] === undefined) return []
      const before = this.#standings.get(topology)
      const now = standingOf(plan, active[topology])
      this.#standings.set(topology, now)
      const notice = noticeOf(topology, before, now)
      return notice === null ? [] : [notice]
    })
  }

  /** Null when the task is of a topology, or of a shape of one, that this host does not run. */
  task(id: string): TaskSpec | null {
    const [topology = '', subtopology = '', partition = ''] = id.split('/')
    const count = this.#all.get(topology)?.tasks[subtopology]
    if (count === undefined) return null
    return { id, topology, subtopology, partition: Number(partition), count }
  }

  /** Whether the task keeps something that can be copied. */
  keeps({ topology, subtopology }: TaskSpec): boolean {
    return this.#all.get(topology)?.stateful.includes(subtopology) === true
  }

  #isOffered(topology: string): boolean {
    return this.#loaded.get(topology)?.size === this.#workers
  }
}
