// actor: the third way to write a task, for those who think in actors. One logical actor per key, its
// state a row in the task's store, its mailbox a topic: so it is spread over hosts, moved, restored and
// exactly once like everything else.

import type { Addressable, FailurePolicy, Receive, TimerClock } from '#actors/keyed/behavior'
import { type ActorStores, type KeyedActorSpec, keyedActor } from '#actors/keyed/keyed-actor'
import {
  type AnyStateMachine,
  checkMachine,
  type EmittedFrom,
  type EventFromLogic,
  type MachineAction,
  type MachineState,
  machineBehavior,
  type SnapshotFrom,
} from '#actors/keyed/machine-behavior'
import type { NodePlan, PlannedTopic, SubtopologyPlan } from '#actors/topology/plan'
import { MillraceError } from '#protocols/core/errors'
import {
  ACTOR_NAMES_MAX,
  actorRowSerde,
  keptMailSerde,
  mailboxTopic,
  namedSerde,
  outputTopic,
  repliesTopic,
} from '#protocols/messages/actor-mail'
import type { Serde } from '#protocols/serdes/serde'
import { asSerde, serde } from '#protocols/serdes/serdes'
import type { StoreSpec } from '#stores/store'
import { checkedName, type Make } from '../plan/graph.ts'
import type { Definition } from './definition.ts'
import { type Duration, durationMs } from './duration.ts'
import type { Typed } from './topic.ts'

export type { ActorSelf, Addressable, FailurePolicy, TimerClock } from '#actors/keyed/behavior'

interface ActorFacts<K, M, S, R, E> {
  /** Default: text. */
  readonly key?: Typed<K> | undefined
  /** What it is told. Default: JSON. */
  readonly message?: Typed<M> | undefined
  /** What it keeps. Default: JSON. */
  readonly state?: Typed<S> | undefined
  /** What it answers an `ask`. Default: JSON. */
  readonly reply?: Typed<R> | undefined
  /** What it emits to its output topic. Default: JSON. */
  readonly output?: Typed<E> | undefined
  /** The state of an actor that was never told anything. */
  readonly initial: (key: NoInfer<K>) => NoInfer<S>
  /** Default `quarantine`. */
  readonly onFailure?: FailurePolicy | undefined
  /** As of a topology: timers by event time fire where no more messages come. Default: never. */
  readonly idleAfter?: Duration | undefined
  /** Actors it sends to; a function, so that two actors can name one another. */
  readonly sends?: (() => readonly Recipient[]) | undefined
  /** Of the mailbox, and so the number of tasks. Default 4. */
  readonly partitions?: number | undefined
  /** Default `lmdb`. */
  readonly medium?: 'lmdb' | 'memory' | undefined
}

/** What a plan must know of an actor that is sent to. */
export type Recipient = Pick<ActorDefinition<unknown, unknown>, 'name' | 'partitions'>

/** An actor with one behavior. */
export interface ActorOptions<K, M, S, R, E> extends ActorFacts<K, M, S, R, E> {
  readonly receive: Receive<K, M, S, R, E, 'receive'>
}

/** An actor that becomes another: each behavior handles messages until it says `become`. */
export interface BecomingOptions<K, M, S, R, E, B extends string>
  extends ActorFacts<K, M, S, R, E> {
  readonly behaviors: { readonly [Name in B]: Receive<K, M, S, R, E, B> }
  /** The behavior of an actor that was never told anything. */
  readonly first: NoInfer<B>
}

/** An actor whose behavior is a state machine of xstate; its messages are the machine's events. */
export interface MachineOptions<K, L extends AnyStateMachine, R>
  extends Omit<ActorFacts<K, EventFromLogic<L>, MachineState, R, EmittedFrom<L>>, 'initial'> {
  /** Made by `setup(...).createMachine(...)`; its input is `{ key }`. It invokes no actors. */
  readonly machine: L
  /** What `after` and delayed events run by. Default `wall`. */
  readonly clock?: TimerClock | undefined
  /** Actions of the machine by name, done by the actor instead. */
  readonly actions?: { readonly [action: string]: MachineAction<K, L, R> } | undefined
  /** What an ask is answered with, unless an action replied. Default: status, value and context. */
  readonly answer?: ((snapshot: SnapshotFrom<L>, key: K) => R) | undefined
}

/** What a machine answers where nothing was said. */
export interface MachineAnswer<L extends AnyStateMachine> {
  readonly status: SnapshotFrom<L>['status']
  readonly value: SnapshotFrom<L>['value']
  readonly context: SnapshotFrom<L>['context']
}

export interface ActorDefinition<K, M, R = unknown, E = unknown>
  extends Definition,
    Addressable<K, M> {
  readonly kind: 'actor'
  readonly replySerde: Serde<R>
  readonly outputSerde: Serde<E>
  readonly partitions: number
}

/** What asking an actor from outside takes. */
export type Askable<K, M, R> = Pick<
  ActorDefinition<K, M, R>,
  'name' | 'keySerde' | 'messageSerde' | 'replySerde'
>

const PARTITIONS = 4
const REPLIES_KEPT_MS = 600_000

/**
 * Defines a keyed actor.
 * @param name names its mailbox and its state; keep it when the program changes
 * @throws MillraceError NAME_INVALID, ACTOR_INVALID
 */
export function actor<K = string, M = unknown, S = unknown, R = unknown, E = unknown>(
  name: string,
  options: ActorOptions<K, M, S, R, E>,
): ActorDefinition<K, M, R, E>
export function actor<
  K = string,
  M = unknown,
  S = unknown,
  R = unknown,
  E = unknown,
  const B extends string = string,
>(name: string, options: BecomingOptions<K, M, S, R, E, B>): ActorDefinition<K, M, R, E>
export function actor<L extends AnyStateMachine, K = string, R = MachineAnswer<L>>(
  name: string,
  options: MachineOptions<K, L, R>,
): ActorDefinition<K, EventFromLogic<L>, R, EmittedFrom<L>>
export function actor<K, M, S, R, E>(
  name: string,
  given:
    | ActorOptions<K, M, S, R, E>
    | BecomingOptions<K, M, S, R, E, string>
    | MachineOptions<K, AnyStateMachine, R>,
): ActorDefinition<K, M, R, E> {
  // Which types a machine's messages and state are, its overload says.
  const options =
    'machine' in given ? (ofMachine(name, given) as unknown as ActorOptions<K, M, S, R, E>) : given
  checkedName(name, 'an actor')
  const { behaviors, first } = behaviorsOf(name, options)
  const { partitions = PARTITIONS, idleAfter } = options
  const idleAfterMs = idleAfter === undefined ? undefined : durationMs(idleAfter, 'idleAfter', 1)
  const serdes = {
    // Where nothing is said, K is its default.
    key: options.key === undefined ? (serde.string() as unknown as Serde<K>) : asSerde(options.key),
    message: orJson(options.message),
    state: orJson(options.state),
    reply: orJson(options.reply),
    output: orJson(options.output),
  }
  const stores = storesOf(name, serdes, options.medium)
  const names: ActorStores = {
    rows: name,
    eventTimers: `${name}.timers.event`,
    wallTimers: `${name}.timers.wall`,
    failed: `${name}.quarantine`,
    waiting: `${name}.waiting`,
  }
  const specFor = (application: string): KeyedActorSpec<K, M, S, R, E> => ({
    ...{ name, behaviors, first, stores: names, initial: options.initial },
    ...{ key: serdes.key, message: serdes.message, reply: serdes.reply, output: serdes.output },
    onFailure: options.onFailure ?? 'quarantine',
    topics: {
      replies: repliesTopic(application),
      output: outputTopic(application, name),
      mailbox: (other) => mailboxTopic(application, other),
    },
  })
  return {
    kind: 'actor',
    name,
    warnings: [],
    keySerde: serdes.key,
    messageSerde: serdes.message,
    replySerde: serdes.reply,
    outputSerde: serdes.output,
    partitions,
    plan(application) {
      const mailbox = mailboxTopic(application, name)
      const others = options.sends?.() ?? []
      return {
        name,
        subtopologies: [
          {
            ...tasksOf(name, mailbox, serdes, keyedActor(specFor(application)), stores),
            idleAfterMs,
          },
        ],
        topics: [
          internal(mailbox, 'source', { partitions }),
          internal(outputTopic(application, name), 'sink', { partitions }),
          internal(repliesTopic(application), 'sink', {
            partitions: 1,
            retentionMs: REPLIES_KEPT_MS,
          }),
          ...others
            .filter((other) => other.name !== name)
            .map((other) =>
              internal(mailboxTopic(application, other.name), 'sink', {
                partitions: other.partitions,
              }),
            ),
        ],
      }
    },
  }
}

function behaviorsOf<K, M, S, R, E>(
  name: string,
  options: ActorOptions<K, M, S, R, E> | BecomingOptions<K, M, S, R, E, string>,
): { behaviors: Readonly<Record<string, Receive<K, M, S, R, E, string>>>; first: string } {
  if ('receive' in options) {
    // Its one behavior can only become itself.
    const receive = options.receive as Receive<K, M, S, R, E, string>
    return { behaviors: { receive }, first: 'receive' }
  }
  const { behaviors, first } = options
  const long = Object.keys(behaviors).find((it) => Buffer.byteLength(it) > ACTOR_NAMES_MAX)
  if (long !== undefined) throw actorInvalid(name, `behavior '${long}' has too long a name`)
  if (behaviors[first] === undefined) throw actorInvalid(name, `it has no behavior '${first}'`)
  return { behaviors, first }
}

function ofMachine<K, L extends AnyStateMachine, R>(
  name: string,
  { machine, clock = 'wall', actions = {}, answer, ...facts }: MachineOptions<K, L, R>,
): ActorOptions<K, EventFromLogic<L>, MachineState, R, EmittedFrom<L>> {
  checkMachine(name, machine)
  const shown = ({ status, value, context }: SnapshotFrom<L>) => ({ status, value, context }) as R
  const receive = machineBehavior({ machine, clock, actions, answer: answer ?? shown })
  return { ...facts, initial: () => null, receive }
}

interface ActorSerdes<K, M, S, R, E> {
  readonly key: Serde<K>
  readonly message: Serde<M>
  readonly state: Serde<S>
  readonly reply: Serde<R>
  readonly output: Serde<E>
}

function storesOf<K, M, S, R, E>(
  name: string,
  { key, message, state }: ActorSerdes<K, M, S, R, E>,
  medium: 'lmdb' | 'memory' | undefined,
): readonly StoreSpec[] {
  const mail = keptMailSerde(message)
  const timers = { kind: 'buffer', keeps: 'newest', key: namedSerde(key), value: message } as const
  const stores = [
    { kind: 'timestamped', name, key, value: actorRowSerde(state), medium },
    { ...timers, name: `${name}.timers.event`, medium },
    { ...timers, name: `${name}.timers.wall`, medium },
    { kind: 'timestamped', name: `${name}.quarantine`, key, value: mail, medium },
    { kind: 'buffer', keeps: 'all', name: `${name}.waiting`, key, value: mail, medium },
  ]
  // A plan holds stores of every type alike.
  return stores as unknown as readonly StoreSpec[]
}

function tasksOf<K, M, S, R, E>(
  name: string,
  mailbox: string,
  { key, message }: ActorSerdes<K, M, S, R, E>,
  make: unknown,
  stores: readonly StoreSpec[],
): SubtopologyPlan {
  const node: NodePlan = {
    name,
    kind: 'actor',
    // Operators are typed by what they take; the plan holds them all alike.
    make: make as Make,
    stores: stores.map((store) => store.name),
    children: [],
  }
  const source = {
    name: 'mailbox',
    topic: mailbox,
    key: key as Serde<unknown>,
    // An order to a quarantined key is a message without a value.
    value: serde.nullable(message) as Serde<unknown>,
    onInvalid: 'fail' as const,
    children: [0],
  }
  return { name, sources: [source], nodes: [node], stores }
}

const internal = (
  name: string,
  use: 'source' | 'sink',
  declared: PlannedTopic['declared'],
): PlannedTopic => ({ name, owner: 'internal', use, declared })

const orJson = <T>(typed: Typed<T> | undefined): Serde<T> =>
  typed === undefined ? serde.json<T>() : asSerde(typed)

const actorInvalid = (name: string, why: string): MillraceError =>
  new MillraceError({
    code: 'ACTOR_INVALID',
    what: `actor '${name}' cannot be: ${why}`,
    hint: "Name the first behavior with 'first', and each with at most 127 bytes",
  })
