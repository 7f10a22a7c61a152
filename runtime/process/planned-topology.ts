// A topology once it was registered: what the user wrote, the plan made of it for this application, and
// how workers are told of it.

import type { Deployment } from '#actors/host/messages'
import type { TopologyPlan } from '#actors/topology/plan'
import type { Definition } from '../dsl/definition.ts'

export interface PlannedTopology {
  readonly definition: Definition
  readonly plan: TopologyPlan
  readonly deployment: Deployment
}
