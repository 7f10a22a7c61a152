// A host that runs: the actor system of the process's main thread with the host actor in it, what was
// registered, and the questions people ask. All that touches the machine comes in by ports, so the
// same class is the production host and the one in a test.

import { type HostMessage, type HostPorts, HostView, hostActor } from '#actors/host/host'
import type { Answer, Order, Question } from '#actors/host/messages'
import type { ActorRef } from '#actors/kernel/actor'
import type { DeadLetters } from '#actors/kernel/dead-letters'
import { ActorSystem } from '#actors/kernel/system'
import type { TraceQuestion, TraceReading } from '#actors/kernel/trace'
import type { ActorSnapshot } from '#actors/kernel/tree'
import type { TopologyPlan } from '#actors/topology/plan'
import type { Clock, Random } from '#protocols/core/clock'
import { MillraceError } from '#protocols/core/errors'
import type { Logger } from '#protocols/core/log'
import { plural } from '#protocols/core/plural'
import { resetKey } from '#protocols/messages/membership'
import type { PlanShape } from '#protocols/messages/plan-shape'
import { decodeResetMark } from '#protocols/messages/reset-mark'
import type { Definition } from '../dsl/definition.ts'
import { loadDefinitions, modulePath } from '../manifest/load-definitions.ts'
import { shapeOf } from '../plan/plan-shape.ts'
import { createMissing, type PreparedPlan, prepareTopics } from '../plan/prepare-topics.ts'
import type { HostLogLevel } from '../telemetry/log-level.ts'
import { checkPlan, type KeepingPlans, keepPlan } from './keep-plan.ts'
import type { PlannedTopology } from './planned-topology.ts'
import { resetUnfinished } from './reset-plan.ts'

export interface HostParts extends Omit<HostPorts, 'onJoined'> {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Absent where the log is not the host's own. */
  readonly logLevel?:
    | Pick<HostLogLevel, 'now' | 'initial' | 'set' | 'setActor' | 'close'>
    | undefined
  /** Of topics that do not say. */
  readonly partitions: number
  /** How long it may take to hand its tasks over before it stops, ms; 0: it does not. */
  readonly handOverMs: number
  /** Whether a topology may begin without a store it had. */
  readonly isLossAccepted: boolean
}

/** What can be registered: a definition, or a module that exports some. */
export type Registered = Definition | string | URL

export class RunningHost {
  readonly #parts: HostParts
  readonly #system: ActorSystem
  readonly #view = new HostView()
  readonly #topologies = new Map<string, PlannedTopology>()
  /** Names that are on their way there. */
  readonly #registering = new Set<string>()
  readonly #ref: ActorRef<HostMessage>
  readonly #joined: Promise<void>
  #fatal: (error: Error) => void = () => {}

  constructor(parts: HostParts) {
    this.#parts = parts
    const { clock, random, log } = parts
    this.#system = new ActorSystem({
      name: parts.id,
      clock,
      random,
      log,
      onFatal: (error) => this.#fatal(error),
    })
    let settle: (refusal: Error | null) => void = () => {}
    this.#joined = new Promise((resolve, reject) => {
      settle = (refusal) => (refusal === null ? resolve() : reject(refusal))
    })
    let hasJoined = false
    const onJoined = (refusal: Error | null): void => {
      // Evicted, and its id is another's by now: there is nothing left to be.
      if (hasJoined && refusal !== null) this.#fatal(refusal)
      hasJoined ||= refusal === null
      settle(refusal)
    }
    this.#ref = this.#system.spawn(hostActor({ ...parts, onJoined }, this.#view), 'host')
  }

  get view(): Readonly<HostView> {
    return this.#view
  }

  get parts(): HostParts {
    return this.#parts
  }

  get topologies(): ReadonlyMap<string, PlannedTopology> {
    return this.#topologies
  }

  /**
   * Resolves when the host is a member of its application.
   * @throws MillraceError HOST_ID_TAKEN
   */
  joined(): Promise<void> {
    return this.#joined
  }

  /** Calls `report` when the host ends because of a failure that nobody could answer. */
  onFatal(report: (error: Error) => void): void {
    this.#fatal = report
  }

  /**
   * Plans topologies, creates their topics and lets the group place their tasks.
   * @returns the names of the topologies
   * @throws MillraceError MODULE_MISSING, MODULE_BROKEN, MODULE_EMPTY, NAME_TAKEN, TOPIC_UNKNOWN,
   *   TOPIC_MISMATCH, PARTITIONS_DIFFER, MODULE_NEEDED, RESET_UNFINISHED,
   *   PLAN_INCOMPATIBLE
   */
  async register(actor: Registered): Promise<readonly string[]> {
    const isModule = typeof actor === 'string' || actor instanceof URL
    const module = isModule ? modulePath(actor) : null
    if (module === null && this.#parts.workers > 0) throw moduleNeeded()
    const definitions = await definitionsOf(actor)
    for (const definition of definitions) await this.#register(definition, module)
    return definitions.map(({ name }) => name)
  }

  /**
   * Closes the tasks of a topology here and stops taking part in it; records and state stay.
   * @throws MillraceError TOPOLOGY_UNKNOWN
   */
  async unregister(topology: string): Promise<void> {
    if (!this.#topologies.delete(topology)) throw topologyUnknown(topology, this.#topologies)
    await this.#ref.ask<void>((reply) => ({ type: 'retire', topology, reply }), 60_000)
  }

  /** The plan of a registered topology. */
  planOf(topology: string): TopologyPlan {
    const found = this.#topologies.get(topology)
    if (found === undefined) throw topologyUnknown(topology, this.#topologies)
    return found.plan
  }

  ask(worker: number, question: Question, timeoutMs: number): Promise<Answer> {
    return this.#ref.ask<Answer>(
      (reply) => ({ type: 'question', worker, question, reply }),
      timeoutMs,
    )
  }

  order(order: Order): void {
    this.#ref.tell({ type: 'order', ...order })
  }

  tree(): ActorSnapshot {
    return this.#system.tree()
  }

  /** What is followed in the main thread. @throws MillraceError FOLLOWERS_TOO_MANY */
  trace(question: TraceQuestion): TraceReading {
    return this.#system.trace(question)
  }

  /** Of the main thread. */
  get deadLetters(): DeadLetters {
    return this.#system.deadLetters
  }

  /** Goes on until others run what it ran, copied before where it keeps something, or the time is over. */
  async handOver(): Promise<void> {
    const { id, handOverMs, log } = this.#parts
    const { roster } = this.#view
    const held = (): string => plural(roster.of('active').length, 'task')
    if (handOverMs === 0) return
    const what = `host ${id} hands ${held()} over, for ${handOverMs} ms at most`
    log.log('info', 'HOST_HANDS_OVER', what)
    try {
      await this.#ref.ask<void>((reply) => ({ type: 'hand-over', reply }), handOverMs)
    } catch {
      // Late, or its actor is dead: it stops either way.
      const what = `host ${id} still has ${held()} after ${handOverMs} ms, and closes them`
      log.log('warn', 'HAND_OVER_LATE', what)
    }
  }

  /** Closes every task cleanly, leaves the group and ends every actor. */
  stop(): Promise<void> {
    return this.#system.stop()
  }

  async #register(definition: Definition, module: string | null): Promise<void> {
    const { name } = definition
    if (this.#topologies.has(name) || this.#registering.has(name)) throw topologyTaken(name)
    this.#registering.add(name)
    try {
      await this.#deploy(definition, module)
    } finally {
      this.#registering.delete(name)
    }
  }

  async #deploy(definition: Definition, module: string | null): Promise<void> {
    const { broker, application, partitions, log } = this.#parts
    const { name } = definition
    // After the host is a member: a reset looks for members after it said so.
    const reset = await broker.keys.get(resetKey(application))
    if (reset !== null) throw resetUnfinished(application, decodeResetMark(reset.value))
    for (const warning of definition.warnings) {
      log.log('warn', 'TOPOLOGY_WARNING', warning, { topology: name })
    }
    const created = (topic: string, count: number): void => {
      const width = plural(count, 'partition')
      log.log('info', 'TOPIC_CREATED', `topic ${topic}, ${width}`, { topic })
    }
    const prepared = await prepareTopics(broker, definition.plan(application), partitions)
    const shape = this.#shapeOf(prepared)
    // One that is refused leaves nothing behind; one that is not finds its topics when it is kept.
    await checkPlan(this.#keeping, shape)
    await createMissing(broker, prepared, created)
    const kept = await keepPlan(this.#keeping, shape)
    const deployment = {
      topology: name,
      module,
      tasks: Object.fromEntries(prepared.taskCounts),
      stateful: statefulIn(prepared.plan),
      topicPartitions: Object.fromEntries(prepared.topicPartitions),
      plan: kept,
    }
    this.#topologies.set(name, { definition, plan: prepared.plan, deployment })
    this.#ref.tell({ type: 'deploy', deployment })
  }

  get #keeping(): KeepingPlans {
    const { broker, application, isLossAccepted, log } = this.#parts
    return { keys: broker.keys, application, isLossAccepted, log }
  }

  #shapeOf({ plan, taskCounts }: PreparedPlan): PlanShape {
    const { version } = this.#parts
    const shape = shapeOf(plan, taskCounts)
    return version === undefined ? shape : { ...shape, version }
  }
}

/** Sub-topologies that keep something in their commit logs. */
const statefulIn = ({ subtopologies }: TopologyPlan): string[] =>
  subtopologies
    .filter(({ stores }) => stores.some(({ logged }) => logged !== false))
    .map(({ name }) => name)

/** @throws MillraceError MODULE_MISSING, MODULE_BROKEN, MODULE_EMPTY */
export async function definitionsOf(actor: Registered): Promise<readonly Definition[]> {
  const isModule = typeof actor === 'string' || actor instanceof URL
  return isModule ? loadDefinitions(modulePath(actor)) : [actor]
}

const topologyTaken = (name: string): MillraceError =>
  new MillraceError({
    code: 'NAME_TAKEN',
    what: `a topology named '${name}' is registered already`,
    hint: 'Unregister it first, or give one of them another name',
  })

const topologyUnknown = (name: string, known: ReadonlyMap<string, unknown>): MillraceError =>
  new MillraceError({
    code: 'TOPOLOGY_UNKNOWN',
    what: `no topology named '${name}' is registered`,
    hint: known.size > 0 ? `Registered: ${[...known.keys()].join(', ')}` : undefined,
  })

export const moduleNeeded = (): MillraceError =>
  new MillraceError({
    code: 'MODULE_NEEDED',
    what: 'a topology cannot be handed to a worker thread',
    hint: "Register the module that exports it, new URL('./wordcount.ts', import.meta.url), or use workers: 0",
  })
