// The sources of a topology: which topics are read, and how. A topic is read once: streams of the same
// topics share a node, so that its records keep their order among all who want them.

import { MillraceError } from '#protocols/core/errors'
import type { Serde } from '#protocols/serdes/serde'
import type { Graph } from '../plan/graph.ts'
import type { Topic } from './topic.ts'

type Reading = 'a stream' | 'a table' | 'a global table'

interface Read {
  readonly as: Reading
  readonly node: number
  /** Names of the topics that are read together. */
  readonly together: string
}

export class Sources {
  readonly #graph: Graph
  readonly #reads = new Map<string, Read>()

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** @throws MillraceError TOPIC_READ_TWICE */
  stream(topics: readonly Topic<unknown, unknown>[]): number {
    return this.#read(topics, 'a stream')
  }

  /** Records may lack a value, whatever the topic's type says: they delete rows. */
  table(topic: Topic<unknown, unknown>): number {
    return this.#read([topic], 'a table')
  }

  /** @throws MillraceError TOPIC_READ_TWICE */
  globalTable(topic: Topic<unknown, unknown>): void {
    const { name } = topic
    const found = this.#reads.get(name)
    if (found !== undefined) throw readTwice(name, found, 'a global table')
    this.#reads.set(name, { as: 'a global table', node: -1, together: name })
  }

  #read(topics: readonly Topic<unknown, unknown>[], as: Reading): number {
    const together = topics.map(({ name }) => name).join(' ')
    const found = topics.flatMap(({ name }) => this.#reads.get(name) ?? [])
    const [first] = found
    if (as === 'a stream' && first?.as === as && first.together === together) return first.node
    if (first !== undefined) throw readTwice(together, first, as)
    const [topic] = topics
    if (topic === undefined) throw readsNothing()
    const allowsNulls = as !== 'a stream'
    const body = { kind: 'source', topics, allowsNulls } as const
    const node = this.#graph.add('source', topic.name, [], body)
    for (const { name } of topics) this.#reads.set(name, { as, node, together })
    return node
  }
}

/** What records of these topics are; known where all agree. */
export function serdesOf(topics: readonly Topic<unknown, unknown>[]): {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
} {
  const [first] = topics
  if (first === undefined) throw readsNothing()
  const { key, value } = first
  return {
    key: topics.every((topic) => topic.key.name === key.name) ? key : null,
    value: topics.every((topic) => topic.value.name === value.name) ? value : null,
  }
}

const readTwice = (topics: string, before: Read, now: Reading): MillraceError =>
  new MillraceError({
    code: 'TOPIC_READ_TWICE',
    what: `'${topics}' is read as ${now}, but '${before.together}' as ${before.as} already`,
    hint: 'Read a topic once and use what you have several times: a table has toStream() as well',
  })

const readsNothing = (): MillraceError =>
  new MillraceError({
    code: 'TOPOLOGY_EMPTY',
    what: 'a stream of no topic was asked for',
    hint: 'Give t.stream at least one topic',
  })
