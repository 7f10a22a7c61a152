// The global tables that a worker keeps: those of a topology are shared by its tasks, and end when it
// is retired or the worker ends.
//
// Invariant: tasks of a topology have ended before its tables do.

import type { Broker } from '#protocols/broker/broker'
import { asError } from '#protocols/core/errors'
import type { TaskEngines } from '#stores/changelog/task-state'
import type { Reply, Self } from '../kernel/actor.ts'
import { GlobalTables, globalUnready } from '../task/global-tables.ts'
import type { TopologyPlan } from '../topology/plan.ts'
import type { Answer, Deployment, GlobalFacts, GlobalQuestion, TaskSpec } from './messages.ts'
import { globalFacts } from './task-facts.ts'

interface Ports {
  readonly broker: Broker
  readonly storage: { open(task: TaskSpec): Promise<TaskEngines> }
  /** Of the worker. */
  readonly index: number
}

type Keeper = Pick<Self<never>, 'clock' | 'scope'>

export class WorkerGlobals {
  readonly #ports: Ports
  readonly #self: Keeper
  readonly #byTopology = new Map<string, GlobalTables>()

  constructor(ports: Ports, self: Keeper) {
    this.#ports = ports
    this.#self = self
  }

  of({ topology, topicPartitions }: Deployment): GlobalTables {
    const known = this.#byTopology.get(topology)
    if (known !== undefined) return known
    const { broker, storage, index } = this.#ports
    const globals = new GlobalTables({
      broker,
      clock: this.#self.clock,
      partitionCount: (topic) => topicPartitions[topic] ?? 1,
      engines: (store) => {
        const subtopology = `global.${store}`
        const id = `${topology}/${subtopology}/${index}`
        return storage.open({ id, topology, subtopology, partition: index, count: 1 })
      },
    })
    this.#byTopology.set(topology, globals)
    this.#self.scope.defer(`global tables of ${topology}`, () => globals.close())
    return globals
  }

  /** Those of a topology that is retired. */
  close(topology: string): void {
    void this.#byTopology.get(topology)?.close()
    this.#byTopology.delete(topology)
  }

  /** A topology that is not loaded yet will be, or is retired. */
  answer(
    question: GlobalQuestion,
    loaded: { readonly deployment: Deployment; readonly plan: TopologyPlan } | undefined,
    reply: Reply<Answer>,
  ): void {
    const plan = loaded?.plan.globals?.find(({ store }) => store.name === question.store)
    if (loaded === undefined || plan === undefined) {
      return reply.fail(globalUnready(question.store))
    }
    this.of(loaded.deployment)
      .rows(plan, question)
      .then(
        (rows) => reply.ok({ about: 'store', ...rows }),
        (thrown: unknown) => reply.fail(asError(thrown)),
      )
  }

  facts(): readonly GlobalFacts[] {
    const { index: worker } = this.#ports
    return [...this.#byTopology].flatMap(([topology, tables]) =>
      tables.readings().map((reading) => globalFacts({ topology, worker }, reading)),
    )
  }
}
