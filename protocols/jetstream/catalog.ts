// Which topics there are: a key each in the coordination map, and their streams. The key is the truth;
// streams are made from it, by whoever finds the key without them, and named after its id, so that a
// topic that was dropped and made anew has streams of its own and cannot be mixed up with the old one.
//
//   t:<topic>              JSON { id, spec }
//   m:<id>                 how many streams of the topic were made, as text: one of those is never made again
//   g:<id>                 the topic goes: its streams are to be deleted, by whoever finds them
//   s:<id>/<partition>     snapshots of the task of that commit log (jet-snapshots.ts)
//   x:<id>/<partition>     what stands for the beginning of that partition (prefix.ts)
//   w:<id>/<partition>     for a while: somebody compacts that partition (compaction.ts)
//   f:<id>/<partition>     offset after the last record that retention took, as text

import { type TaskName, type TopicSpec, taskId } from '../broker/broker.ts'
import { topicInvalid, topicMismatch, topicShrinks, topicUnknown } from '../broker/errors.ts'
import { type Offset, offset } from '../core/brands.ts'
import { EMPTY, fromUtf8, utf8 } from '../core/bytes.ts'
import { isMillraceError } from '../core/errors.ts'
import type { TopicPartition } from '../records/record.ts'
import { isRefusal, JET, streamUnknown, topicLost } from './errors.ts'
import { type KeyMap, KeyTaken, type Row } from './key-map.ts'
import type { Link } from './link.ts'
import { groupOf, type Names, PIECE_KINDS, type PieceKind, wordOf } from './names.ts'
import type { OnPoint } from './points.ts'
import { findStream, makeStream, streamsOver } from './stream.ts'

const NAME = /^[a-zA-Z0-9._-]{1,200}$/
const PARTITIONS_MAX = 1024
/** How long a server knows the ids of messages again, ms: within this an append is tried again. */
export const DEDUP_MS = 120_000

export interface Topic {
  readonly id: string
  readonly spec: TopicSpec
}

/** One partition of a topic and where it is. */
export interface Place {
  readonly topic: Topic
  readonly at: TopicPartition
  readonly stream: string
  /** Pattern of all its messages. */
  readonly subject: string
}

export interface CatalogPorts {
  readonly link: Link
  readonly map: KeyMap
  readonly names: Names
  readonly replicas: number
  /** Most bytes a stream may take; undefined leaves it to the account. */
  readonly bytesMax?: number | undefined
  /** For specs. */
  readonly onPoint?: OnPoint | undefined
}

/** Names a task as a producer. */
export const producerOf = (task: TaskName): string => wordOf(`${task.application}/${taskId(task)}`)

export class Catalog {
  readonly #ports: CatalogPorts
  /** Ids of topics whose streams were seen. */
  readonly #ready = new Map<string, Promise<void>>()

  constructor(ports: CatalogPorts) {
    this.#ports = ports
  }

  /** As the mirror has it now. */
  find(name: string): Topic | null {
    const row = this.#ports.map.get(`t:${name}`)
    return row === null ? null : topicIn(row)
  }

  all(): Topic[] {
    return this.#ports.map.list('t:').map(topicIn)
  }

  /** @throws MillraceError TOPIC_MISMATCH, TOPIC_INVALID, TOPIC_LOST, STREAM_UNKNOWN */
  async ensure(spec: TopicSpec): Promise<{ topic: Topic; outcome: 'created' | 'present' }> {
    checkSpec(spec)
    const { map, link, names, onPoint } = this.#ports
    await map.fresh()
    let strangers: readonly string[] = []
    for (;;) {
      const found = this.find(spec.name)
      if (found !== null) {
        checkSame(found.spec, spec)
        await this.#streams(found)
        return { topic: found, outcome: 'present' }
      }
      const before = strangers
      strangers = await this.#strangers(names.topic(spec.name))
      // Seen once it may be of one who makes the topic, or drops it, at this moment.
      const stranger = strangers.find((stream) => before.includes(stream))
      if (stranger !== undefined) throw streamUnknown(stranger, spec.name, names.keyStream)
      if (strangers.length > 0) {
        await map.fresh()
        continue
      }
      const topic = { id: link.word().slice(0, 8), spec }
      try {
        await map.put(`t:${spec.name}`, utf8(JSON.stringify(topic)), 'absent')
        await onPoint?.('topic-named')
        await this.#streams(topic)
        return { topic, outcome: 'created' }
      } catch (error) {
        if (!(error instanceof KeyTaken)) throw error
      }
    }
  }

  /** @throws MillraceError TOPIC_UNKNOWN, TOPIC_LOST */
  async get(at: TopicPartition): Promise<Place> {
    let topic = this.find(at.topic)
    if (topic === null) {
      await this.#ports.map.fresh()
      topic = this.find(at.topic)
    }
    if (topic === null || !(at.partition >= 0 && at.partition < topic.spec.partitions)) {
      throw topicUnknown(
        at.topic,
        this.all().map(({ spec }) => spec.name),
      )
    }
    await this.#streams(topic)
    return this.place(topic, at.partition)
  }

  place(topic: Topic, partition: number): Place {
    const { names } = this.#ports
    const { name } = topic.spec
    return {
      topic,
      at: { topic: name, partition },
      stream: names.stream(name, topic.id, groupOf(partition)),
      subject: names.partition(name, partition),
    }
  }

  /**
   * Of a place where NATS found no stream: looks whether the topic is still the same, and has its streams.
   * @throws MillraceError TOPIC_UNKNOWN, TOPIC_LOST
   */
  async check(place: Place): Promise<void> {
    await this.#ports.map.fresh()
    if (!this.isCurrent(place)) throw topicUnknown(place.at.topic)
    this.#ready.delete(place.topic.id)
    await this.#streams(place.topic)
  }

  /** Whether the place is still the topic's. */
  isCurrent({ topic, at }: Place): boolean {
    return this.find(at.topic)?.id === topic.id
  }

  /**
   * Streams first, then the key: whoever knows of a partition finds its stream. One that was cut off
   * leaves room that nobody knows of.
   * @throws MillraceError TOPIC_UNKNOWN, TOPIC_INVALID
   */
  async grow(name: string, partitions: number): Promise<void> {
    const { map } = this.#ports
    await map.fresh()
    for (;;) {
      const row = map.get(`t:${name}`)
      if (row === null) throw topicUnknown(name)
      const { id, spec } = topicIn(row)
      const grown: Topic = { id, spec: { ...spec, partitions } }
      checkSpec(grown.spec)
      if (partitions < spec.partitions) throw topicShrinks(name, spec.partitions, partitions)
      await this.#make(grown)
      await this.#widen(grown)
      try {
        await map.put(`t:${name}`, utf8(JSON.stringify(grown)), row.revision)
        return
      } catch (error) {
        if (!(error instanceof KeyTaken)) throw error
        await map.fresh()
      }
    }
  }

  async drop(name: string): Promise<Topic> {
    const { map, names } = this.#ports
    await map.fresh()
    const topic = this.find(name)
    if (topic === null) throw topicUnknown(name)
    await this.#forget(topic)
    this.#ready.delete(topic.id)
    for (const kind of PIECE_KINDS) this.forgetPieces(kind, topic)
    const beside = PIECE_KINDS.map((kind) => names.pieceStream(kind, name, topic.id))
    for (const stream of [...this.streams(topic), ...beside]) await this.#delete(stream)
    for (const letter of ['f', ...PIECE_KINDS]) {
      for (const { key } of map.list(`${letter}:${topic.id}/`)) await map.remove(key, 'any')
    }
    await map.remove(made(topic.id), 'any')
    await map.remove(goes(topic.id), 'any')
    return topic
  }

  /** Where there is no room even for the word that it is gone, its own records make some. */
  async #forget(topic: Topic): Promise<void> {
    const { link, map, onPoint } = this.#ports
    const forget = async (): Promise<void> => {
      await map.put(goes(topic.id), EMPTY, 'any')
      await map.remove(`t:${topic.spec.name}`, 'any')
    }
    try {
      await forget()
    } catch (error) {
      if (!isMillraceError(error, 'LOG_FULL')) throw error
      for (const stream of this.streams(topic)) await link.ask(`STREAM.PURGE.${stream}`, {})
      await forget()
    }
    await onPoint?.('topic-forgotten')
  }

  streams({ id, spec }: Topic): string[] {
    const count = groupOf(spec.partitions - 1) + 1
    return Array.from({ length: count }, (_, group) =>
      this.#ports.names.stream(spec.name, id, group),
    )
  }

  /** Offset after the last record that retention took from a partition; 0 when it took none. */
  floor({ topic, at }: Place): Offset {
    const row = this.#ports.map.get(`f:${topic.id}/${at.partition}`)
    return offset(row === null ? 0 : Number(fromUtf8(row.value)))
  }

  async raiseFloor(place: Place, floor: Offset): Promise<void> {
    if (floor <= this.floor(place)) return
    const key = `f:${place.topic.id}/${place.at.partition}`
    await this.#ports.map.put(key, utf8(String(floor)), 'any')
  }

  /** The stream that has what is kept beside a topic; made when it is missing. */
  async pieceStream(kind: PieceKind, topic: Topic): Promise<string> {
    const { names } = this.#ports
    const { name } = topic.spec
    const stream = names.pieceStream(kind, name, topic.id)
    const subject = names.anyPiece(kind, name)
    await this.#once(piecesOf(topic, kind), () =>
      this.#insist(topic, { stream, subjects: [subject], all: subject, own: [stream] }),
    )
    return stream
  }

  /** Of a stream of pieces that is gone: who asks for it next makes it anew. */
  forgetPieces(kind: PieceKind, topic: Topic): void {
    this.#ready.delete(piecesOf(topic, kind))
  }

  /** Makes what is missing of a topic's streams, once. */
  #streams(topic: Topic): Promise<void> {
    return this.#once(topic.id, () => this.#make(topic))
  }

  #once(what: string, make: () => Promise<void>): Promise<void> {
    let ready = this.#ready.get(what)
    if (ready === undefined) {
      ready = make()
      this.#ready.set(what, ready)
      ready.catch(() => this.#ready.delete(what))
    }
    return ready
  }

  async #make(topic: Topic): Promise<void> {
    const { link, map, names, replicas } = this.#ports
    const { name, partitions, cleanup } = topic.spec
    const own = this.streams(topic)
    const all = names.topic(name)
    const row = map.get(made(topic.id))
    const before = row === null ? 0 : Number(fromUtf8(row.value))
    for (const [group, stream] of own.entries()) {
      const subjects = names.subjects(name, group, partitions, cleanup === 'compact')
      if (group >= before) await this.#insist(topic, { stream, subjects, all, own })
      else if (!(await findStream(link, stream, replicas))) throw topicLost(name, stream)
    }
    if (own.length > before) await this.#noteMade(topic, own.length)
  }

  /** Without room for it, whoever comes next makes what is missing, as before. */
  async #noteMade({ id }: Topic, streams: number): Promise<void> {
    try {
      await this.#ports.map.put(made(id), utf8(String(streams)), 'any')
    } catch (error) {
      if (!isMillraceError(error, 'LOG_FULL')) throw error
    }
  }

  /** Lets streams that were there take in the partitions that came to them. */
  async #widen(topic: Topic): Promise<void> {
    const { link, names } = this.#ports
    const { name, partitions, cleanup } = topic.spec
    for (const [group, stream] of this.streams(topic).entries()) {
      const subjects = names.subjects(name, group, partitions, cleanup === 'compact')
      const { config } = await link.ask<{ config: { subjects: string[] } }>(`STREAM.INFO.${stream}`)
      if (subjects.every((subject) => config.subjects.includes(subject))) continue
      await link.ask(`STREAM.UPDATE.${stream}`, { ...config, subjects })
    }
  }

  async #insist(topic: Topic, { stream, subjects, all, own }: Wanted): Promise<void> {
    for (;;) {
      try {
        return await this.#create(stream, subjects)
      } catch (error) {
        if (!isRefusal(error, JET.subjectsOverlap)) throw error
        // What a drop that was cut off left behind; names tell what is whose.
        await this.#clearOthers(topic, all, own)
      }
    }
  }

  #create(stream: string, subjects: readonly string[]): Promise<void> {
    const { link, replicas, bytesMax = -1 } = this.#ports
    return makeStream(link, {
      name: stream,
      subjects,
      discard: 'new',
      max_bytes: bytesMax,
      num_replicas: replicas,
      duplicate_window: DEDUP_MS * 1_000_000,
    })
  }

  /** @throws MillraceError TOPIC_UNKNOWN, STREAM_UNKNOWN */
  async #clearOthers(topic: Topic, subject: string, own: readonly string[]): Promise<void> {
    const { map, names } = this.#ports
    const { name } = topic.spec
    await map.fresh()
    const strangers = await this.#strangers(subject)
    await map.fresh()
    if (this.find(name)?.id !== topic.id) throw topicUnknown(name)
    const stranger = strangers.find((stream) => !own.includes(stream))
    if (stranger !== undefined) throw streamUnknown(stranger, name, names.keyStream)
  }

  /**
   * Streams that take these subjects, but for those of topics that go, which are deleted. Only what a key says
   * is ours to delete: the map may have been lost, and a stream may be somebody else's.
   * Requires: the map is fresh.
   */
  async #strangers(subject: string): Promise<readonly string[]> {
    const { link, map } = this.#ports
    const strangers: string[] = []
    for (const stream of await streamsOver(link, subject)) {
      const id = stream.split('_').at(-2) ?? ''
      if (map.get(goes(id)) === null) strangers.push(stream)
      else await this.#delete(stream)
    }
    return strangers
  }

  async #delete(stream: string): Promise<void> {
    await this.#ports.link.ask(`STREAM.DELETE.${stream}`).catch((error: unknown) => {
      if (!isRefusal(error, JET.streamUnknown)) throw error
    })
  }
}

/** A stream to be: what it takes in, and whose subjects and streams those of its kind are. */
interface Wanted {
  readonly stream: string
  readonly subjects: readonly string[]
  /** Pattern of everything that streams of this topic and kind take in. */
  readonly all: string
  readonly own: readonly string[]
}

const made = (id: string): string => `m:${id}`

const goes = (id: string): string => `g:${id}`

const piecesOf = ({ id }: Topic, kind: PieceKind): string => `${id}/${kind}`

// Written by `ensure`, in this shape.
const topicIn = ({ value }: Row): Topic => JSON.parse(fromUtf8(value)) as Topic

function checkSpec({ name, partitions }: TopicSpec): void {
  if (!NAME.test(name) || /^\.+$/.test(name)) {
    throw topicInvalid(name, 'its name has characters that names do not take')
  }
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX)) {
    throw topicInvalid(name, `it cannot have ${partitions} partitions`)
  }
}

function checkSame(found: TopicSpec, asked: TopicSpec): void {
  const shown = ({ partitions, cleanup = 'delete' }: TopicSpec): string =>
    `${partitions} ${partitions === 1 ? 'partition' : 'partitions'} and cleanup '${cleanup}'`
  if (shown(found) !== shown(asked)) throw topicMismatch(asked.name, shown(asked), shown(found))
}
