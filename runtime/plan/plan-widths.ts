// How wide a plan is: the tasks of each sub-topology and the partitions of each repartition topic, from
// the partitions of the topics that are there.
//
// A sub-topology has as many tasks as its widest source has partitions. Where it has stores, records
// meet by key, so its sources must be alike; repartition topics among them follow the others. A
// repartition topic alone is as wide as the sub-topology that writes it, so that work spreads no less
// after it than before, unless the program says how wide.
//
// Source of the semantics: Kafka Streams' co-partitioning; we ask it of every sub-topology with stores,
// so a merge of unlike topics that is then folded is refused as well, where Kafka folds it wrongly.

import type { PlannedTopic, SubtopologyPlan, TopologyPlan } from '#actors/topology/plan'
import { assert } from '#protocols/core/assert'
import { MillraceError } from '#protocols/core/errors'

export class PlanWidths {
  readonly #subtopologies: ReadonlyMap<string, SubtopologyPlan>
  readonly #topics: ReadonlyMap<string, PlannedTopic>
  readonly #partitions: ReadonlyMap<string, number>
  readonly #tasks = new Map<string, number>()

  /** @param partitions of every topic that is no repartition topic */
  constructor(plan: TopologyPlan, partitions: ReadonlyMap<string, number>) {
    this.#subtopologies = new Map(plan.subtopologies.map((it) => [it.name, it]))
    this.#topics = new Map(plan.topics.map((it) => [it.name, it]))
    this.#partitions = partitions
  }

  /** @throws MillraceError PARTITIONS_DIFFER when sources that meet are not alike */
  ofTasks(subtopology: string): number {
    const known = this.#tasks.get(subtopology)
    if (known !== undefined) return known
    const part = this.#subtopologies.get(subtopology)
    assert(part !== undefined, () => `'${subtopology}' is part of the plan`)
    const tasks = this.#measure(part)
    this.#tasks.set(subtopology, tasks)
    return tasks
  }

  /** Partitions of a topic. */
  ofTopic(name: string): number {
    const fixed = this.#fixed(name)
    if (fixed !== undefined) return fixed
    for (const { name: reader, sources } of this.#subtopologies.values()) {
      if (sources.some(({ topic }) => topic === name)) return this.ofTasks(reader)
    }
    return this.#ofWriter(name)
  }

  #measure(part: SubtopologyPlan): number {
    const names = part.sources.map(({ topic }) => topic)
    const fixed = names.flatMap((name) => {
      const partitions = this.#fixed(name)
      return partitions === undefined ? [] : [{ name, partitions }]
    })
    const widest = Math.max(0, ...fixed.map(({ partitions }) => partitions))
    const isStateful = part.stores.length > 0
    if (isStateful && fixed.some(({ partitions }) => partitions !== widest)) {
      throw partitionsDiffer(part.name, fixed)
    }
    // Whoever asks on a way round gets what is known by now.
    this.#tasks.set(part.name, Math.max(1, widest))
    if (isStateful && fixed.length > 0) return widest
    const free = names.filter((name) => this.#fixed(name) === undefined)
    return Math.max(1, widest, ...free.map((name) => this.#ofWriter(name)))
  }

  /** What cannot follow others: undefined for repartition topics that the program leaves to us. */
  #fixed(name: string): number | undefined {
    const topic = this.#topics.get(name)
    if (topic?.writtenBy === undefined) return this.#partitions.get(name) ?? 1
    return topic.declared.partitions
  }

  #ofWriter(name: string): number {
    const topic = this.#topics.get(name)
    if (topic?.writtenBy === undefined || topic.isReadersWidth === true) return 1
    return this.ofTasks(topic.writtenBy)
  }
}

function partitionsDiffer(
  subtopology: string,
  sources: readonly { readonly name: string; readonly partitions: number }[],
): MillraceError {
  const list = sources.map(({ name, partitions }) => `${name} (${partitions})`).join(', ')
  const most = Math.max(...sources.map(({ partitions }) => partitions))
  const least = sources
    .filter(({ partitions }) => partitions !== most)
    .map(({ name }) => `'${name}'`)
  return new MillraceError({
    code: 'PARTITIONS_DIFFER',
    what: `the inputs of '${subtopology}' have different partition counts: ${list}`,
    hint:
      `Records that meet by key must be partitioned alike: read ${least.join(' and ')} as a stream and ` +
      `repartition it first, .repartition({ partitions: ${most} }), or create all with one count`,
  })
}
