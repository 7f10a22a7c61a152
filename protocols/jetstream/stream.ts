// Streams as they are made, and what they say of themselves. One that is there keeps the settings of whoever made it: what a host would
// have made otherwise it tells, and does not change under the hands of others.

import { isRefusal, JET, logFull, replicasImpossible } from './errors.ts'
import { REPLICAS } from './features.ts'
import type { Link } from './link.ts'

/** Tries to have as many servers as there are copies, a quarter of a second between them. */
const PEER_TRIES = 40

export interface StreamConfig {
  readonly name: string
  readonly subjects: readonly string[]
  readonly discard: 'old' | 'new'
  /** Copies that a cluster keeps. */
  readonly num_replicas: number
  readonly max_bytes?: number | undefined
  readonly max_msgs_per_subject?: number | undefined
  /** Nanoseconds. */
  readonly duplicate_window?: number | undefined
}

/**
 * Makes a stream if it is missing.
 * @throws MillraceError LOG_FULL, NATS_TOO_OLD, REPLICAS_IMPOSSIBLE, BROKER_CLOSED; JetRefusal, e.g. when another one takes its
 *   subjects
 */
export async function makeStream(link: Link, config: StreamConfig): Promise<void> {
  const { name, num_replicas: replicas } = config
  if (replicas > 1) link.need(REPLICAS)
  const subject = `STREAM.CREATE.${name}`
  for (let tries = 1; ; tries++) {
    try {
      await link.ask(subject, { ...config, retention: 'limits', storage: 'file' })
      return
    } catch (error) {
      if (isRefusal(error, JET.streamExists)) return checkReplicas(link, name, replicas)
      if (isRefusal(error) && error.isFull) throw logFull(name, error.description)
      const isAlone = isRefusal(error, JET.replicasUnsupported)
      if (!isAlone && !isRefusal(error, JET.noPeers)) throw error
      // Servers of a cluster that begins come one after the other.
      if (isAlone || tries >= PEER_TRIES) throw replicasImpossible(replicas, error.description)
      await link.stall(subject)
    }
  }
}

/** Whether the stream is there; tells when it has fewer copies than is asked for. */
export async function findStream(link: Link, name: string, replicas: number): Promise<boolean> {
  try {
    await checkReplicas(link, name, replicas)
    return true
  } catch (error) {
    if (!isRefusal(error, JET.streamUnknown)) throw error
    return false
  }
}

async function checkReplicas(link: Link, name: string, asked: number): Promise<void> {
  const { config } = await link.ask<{ config: { num_replicas: number } }>(`STREAM.INFO.${name}`)
  const found = config.num_replicas
  if (found > 1) link.need(REPLICAS)
  if (found >= asked) return
  const copies = `${found} ${found === 1 ? 'copy' : 'copies'}`
  const how = `nats stream edit ${name} --replicas ${asked}`
  const line = `stream ${name} was made with ${copies} where replicas says ${asked}; to have them: ${how}`
  link.tell('warn', 'REPLICAS_DIFFER', line)
}

/** Streams that take subjects like this. */
export async function streamsOver(link: Link, subject: string): Promise<readonly string[]> {
  const { streams } = await link.ask<{ streams: string[] | null }>('STREAM.NAMES', { subject })
  return streams ?? []
}

/** Number of the newest message that a stream had; it stays when messages are removed. */
export async function streamEnd(link: Link, stream: string): Promise<number> {
  const { state } = await link.ask<{ state: { last_seq: number } }>(`STREAM.INFO.${stream}`)
  return state.last_seq
}

export interface StreamFacts {
  readonly bytes: number
  readonly messages: number
  readonly bySubject: Readonly<Record<string, number>>
}

/** @param subjects pattern of those that are counted one by one */
export async function streamFacts(
  link: Link,
  stream: string,
  subjects: string,
): Promise<StreamFacts> {
  const { state } = await link.ask<{
    state: { bytes: number; messages: number; subjects?: Record<string, number> }
  }>(`STREAM.INFO.${stream}`, { subjects_filter: subjects })
  return { bytes: state.bytes, messages: state.messages, bySubject: state.subjects ?? {} }
}

/** Of a partition, by the pattern of its subjects. */
export function messagesOf(facts: StreamFacts | undefined, pattern: string): number {
  const prefix = pattern.slice(0, -1)
  let messages = 0
  for (const [name, count] of Object.entries(facts?.bySubject ?? {})) {
    if (name.startsWith(prefix)) messages += count
  }
  return messages
}
