// What a manifest or `register` takes: something that hosts can run. Topologies and keyed actors today;
// all of them become a plan of the same kind.

import type { TopologyPlan } from '#actors/topology/plan'

export interface Definition {
  readonly kind: 'topology' | 'actor'
  /** Names commit logs and state; keep it when the program changes. */
  readonly name: string
  /** Things worth saying that do not stop anything. */
  readonly warnings: readonly string[]
  /** The plan under an application's name; internal topics carry it. */
  plan(application: string): TopologyPlan
}
