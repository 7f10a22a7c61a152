// Streams to and from keyed actors: records told to the actors of their keys, and what actors emit. The
// actors themselves are registered beside the topology; their mailboxes lie between the two.

import { mailboxTopic, outputTopic } from '#protocols/messages/actor-mail'
import type { Serde } from '#protocols/serdes/serde'
import type { Graph } from '../plan/graph.ts'
import type { ActorDefinition } from './actor.ts'
import type { StreamParts } from './stream.ts'
import type { Topic } from './topic.ts'

/** What a topology must know of an actor that it tells something, or hears. */
export type Told<K, M> = Pick<
  ActorDefinition<K, M>,
  'name' | 'keySerde' | 'messageSerde' | 'partitions'
>
export type Heard<K, E> = Pick<
  ActorDefinition<K, never, unknown, E>,
  'name' | 'keySerde' | 'outputSerde' | 'partitions'
>

export function tellActor(
  { graph, node }: StreamParts,
  actor: Told<never, never>,
  name: string | undefined,
): void {
  const { keySerde, messageSerde, partitions } = actor
  const topic = ownTopic(mailboxTopic, actor.name, keySerde, messageSerde, partitions)
  const body = { kind: 'sink', topic, isMail: true } as const
  graph.add('tell', graph.nameFor('tell', [node], name), [node], body)
}

/** Asked again, it answers the same source. */
export function emittedBy(graph: Graph, actor: Heard<never, never>): StreamParts {
  const { keySerde, outputSerde, partitions } = actor
  const topic = ownTopic(outputTopic, actor.name, keySerde, outputSerde, partitions)
  const { key, value, name } = topic
  const found = graph.nodes.find((node) => node.body.kind === 'source' && node.name === name)
  const node = found?.id ?? graph.add('source', name, [], { kind: 'source', topics: [topic] })
  return { graph, node, facts: { key, value, isRekeyed: false } }
}

/** Topics of an actor carry the application's name; here they go without. */
function ownTopic(
  nameOf: (application: string, actor: string) => string,
  actor: string,
  key: Serde<never>,
  value: Serde<never>,
  partitions: number,
): Topic<unknown, unknown> {
  const name = nameOf('', actor).slice(1)
  // The graph holds serdes of every type alike.
  const serdes = { key, value } as unknown as Pick<Topic<unknown, unknown>, 'key' | 'value'>
  return { name, ...serdes, options: { partitions }, owner: 'internal' }
}
