// A host in this process: it opens the broker, joins the application's group, runs what is registered,
// serves its admin socket, and closes all of it in order.

import { hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { FromWorker, ToWorker } from '#actors/host/messages'
import { workerActor } from '#actors/host/worker'
import type { Props } from '#actors/kernel/actor'
import { Shutdown, type ShutdownPhase } from '#actors/kernel/shutdown'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import type { Logger, LogLevel } from '#protocols/core/log'
import { decodeMember, hostsPrefix } from '#protocols/messages/membership'
import { type AdminServer, adminServer } from '../admin/admin-server.ts'
import type { HttpServer } from '../admin/http-server.ts'
import { lateApp } from '../admin/late-app.ts'
import { loadListener } from '../admin/late-server.ts'
import { serveOverBus } from '../admin/over-bus.ts'
import type { Askable } from '../dsl/actor.ts'
import type { Topic } from '../dsl/topic.ts'
import { EventLog } from '../events/event-log.ts'
import { scriptsSoFar } from '../manifest/typescript.ts'
import { HostLogLevel } from '../telemetry/log-level.ts'
import { type LeveledLogger, pinoLogger } from '../telemetry/pino-logger.ts'
import { Telemetry } from '../telemetry/telemetry.ts'
import { Traces } from '../telemetry/traces.ts'
import { type ActorHandle, ActorPost } from './actor-post.ts'
import { type BrokerLocation, brokerLocation, isNats, stateOf } from './broker-location.ts'
import { openDoor } from './doors.ts'
import { directoryUsers } from './file-users.ts'
import { Group } from './group.ts'
import { checkActors, checkOptions, type HostOptions } from './host-options.ts'
import { refuseMissingActors } from './missing-actors.ts'
import { isGone, socketAnywhere } from './neighbours.ts'
import { connectBroker } from './open-broker.ts'
import { definitionsOf, type Registered, RunningHost } from './running-host.ts'
import { standbySettings } from './standby-settings.ts'
import { storeBytes } from './store-bytes.ts'
import { type RecordPlace, type StoreQuery, storeQuery } from './store-query.ts'
import { systemClock, systemRandom } from './system-ports.ts'
import { flushTaskDirectories, refuseUnwritable, taskDirectories } from './task-directories.ts'
import { taskSettings } from './task-settings.ts'
import type { ThreadNursery } from './thread-nursery.ts'
import { threadWorker } from './thread-worker.ts'
import {
  closed,
  type ReadTopicOptions,
  type ReceivedRecord,
  type SentRecord,
  TopicPost,
  type Topics,
} from './topic-post.ts'

const PATIENCE_MS = 10_000
/** Half of a container's ten seconds is left for what follows. */
const HAND_OVER_MS = 5000

const phases = (handOverMs: number): readonly ShutdownPhase[] => [
  // Bounded by itself.
  { name: 'hand-over', deadlineMs: handOverMs + 1000 },
  { name: 'stop-answering', deadlineMs: 5000 },
  // Tasks commit and seal within 30 s, and are left to their logs after that.
  { name: 'release-tasks', deadlineMs: 35_000 },
  { name: 'close-admin', deadlineMs: 5000 },
  { name: 'close-broker', deadlineMs: 10_000 },
  // Others have taken over by now: nobody waits for this but whoever restarts the machine.
  { name: 'flush-state', deadlineMs: 30_000 },
]

export interface Host extends Topics, AsyncDisposable {
  readonly id: string
  readonly application: string
  /** Where its admin API listens. */
  readonly socket: string
  /** Where it answers over HTTP, e.g. `http://127.0.0.1:9470`; null when it does not. */
  readonly http: string | null
  /**
   * Runs one more topology, or those of a module; hosts that run it as well share its tasks. Keyed actors that it
   * tells something come with it or before it.
   * @throws MillraceError ACTOR_MISSING, and what is wrong with it
   */
  register(actor: Registered): Promise<readonly string[]>
  /** Closes a topology's tasks here and stops taking part in it; records and state stay. */
  unregister(topology: string): Promise<void>
  /** A keyed actor, wherever its task runs: the mailbox must exist. */
  actor<K, M, R>(actor: Askable<K, M, R>, key: K): ActorHandle<M, R>
  /** @throws MillraceError STORE_UNKNOWN, CLOSED */
  query<K = unknown, V = unknown>(store: string): StoreQuery<K, V>
  /** Settles when the host ended: closed, or by a failure that nobody could answer. */
  readonly ended: Promise<void>
  /** Hands its tasks over, closes what is left cleanly, leaves the group, releases the broker. */
  close(): Promise<void>
}

/** @param threads what its workers will live in; it may have begun more or fewer than are needed */
export async function startHost(options: HostOptions, threads: ThreadNursery): Promise<Host> {
  checkOptions(options)
  const location = brokerLocation(options.broker, process.cwd())
  await checkActors(options)
  if (options.state !== undefined) refuseUnwritable(options.state)
  const { log: said = 'warn' } = options
  const [log, lines] = typeof said === 'object' ? [said, null] : ownLog(said)
  const broker = await connectBroker(location, { maintenance: true, log })
  let servers: Servers | null = null
  try {
    servers = await openServers(options.http)
    const path = servers.admin.socket
    const socket = isNats(location) ? socketAnywhere(path) : path
    const context = { options, threads, location, broker, log, lines, socket }
    return await ProcessHost.start(await joined(context), servers, options.actors ?? [])
  } catch (error) {
    await servers?.http?.close()
    await servers?.admin.close()
    await broker.close()
    throw error
  }
}

/** A log of the host's own, whose level it can change. */
function ownLog(level: LogLevel): [Logger, LeveledLogger] {
  const lines = pinoLogger(level)
  return [lines, lines]
}

/** Where it can be asked. */
interface Servers {
  readonly admin: AdminServer
  readonly http: HttpServer | null
}

async function openServers(http: HostOptions['http']): Promise<Servers> {
  const options = typeof http === 'number' ? { port: http } : http
  const admin = await adminServer()
  try {
    if (options === undefined) return { admin, http: null }
    const { httpServer } = await import('../admin/http-server.ts')
    return { admin, http: await httpServer(options) }
  } catch (error) {
    await admin.close()
    throw error
  }
}

interface Context {
  readonly options: HostOptions
  readonly threads: ThreadNursery
  readonly location: BrokerLocation
  readonly broker: Broker
  readonly log: Logger
  /** The same, where it is the host's own. */
  readonly lines: LeveledLogger | null
  readonly socket: string
}

/** A member, and where it tells of its life. */
interface Joined {
  readonly location: BrokerLocation
  readonly running: RunningHost
  readonly events: EventLog
  readonly traces: Traces
  readonly stateDirectory: string
}

/** A member of the group: under the id that was asked for, or under the first one that is free. */
async function joined(context: Context): Promise<Joined> {
  const { id } = context.options
  if (id !== undefined) return joinedAs(id, context)
  for (;;) {
    try {
      return await joinedAs(await freeId(context), context)
    } catch (error) {
      // Another process was quicker: there is a next number.
      if (!isMillraceError(error, 'HOST_ID_TAKEN')) throw error
    }
  }
}

const stateDirectoryOf = ({ options, location }: Context, id: string): string =>
  join(options.state ?? stateOf(location), options.application, id)

/** `machine-1`, `machine-2` ...: a process that starts again finds the number, and the state, it had. */
async function freeId(context: Context): Promise<string> {
  const { broker, options } = context
  const prefix = hostsPrefix(options.application)
  const members = await broker.keys.list(prefix)
  const name = hostname().replaceAll(/[^a-zA-Z0-9-]/g, '-')
  for (let n = 1; ; n++) {
    const id = `${name}-${n}`
    const member = members.get(`${prefix}${id}`)
    if (member !== undefined && !(await isGone(decodeMember(member.value)))) continue
    if (directoryUsers(stateDirectoryOf(context, id)).length === 0) return id
  }
}

async function joinedAs(id: string, context: Context): Promise<Joined> {
  const { options, threads, location, broker, log, lines, socket } = context
  const { application, workers = 0 } = options
  const settings = taskSettings(options, isNats(location))
  const stateDirectory = stateDirectoryOf(context, id)
  const logLevel = lines === null ? null : new HostLogLevel(lines, { application, host: id })
  const here = (n: number, report: (message: FromWorker) => void): Props<ToWorker> =>
    workerActor({
      ...{ index: n, application, host: id, broker, settings, report },
      storage: taskDirectories(stateDirectory, storeBytes(1)),
      plan: async (deployment) => {
        await traces.look()
        return running.planOf(deployment.topology)
      },
      tracer: () => traces.tracer,
    })
  const inThread = (n: number, report: (message: FromWorker) => void): Props<ToWorker> =>
    threadWorker(
      {
        ...{ index: n, application, host: id, location, stateDirectory, settings },
        storeBytes: storeBytes(workers),
        // As of when the thread begins, which may be much later.
        get logLevels() {
          return logLevel?.now ?? { level: 'warn', actors: [] }
        },
        get scripts() {
          return scriptsSoFar()
        },
      },
      threads,
      report,
    )
  const events = new EventLog({
    ...{ broker, clock: systemClock, application, host: id, isHeld: true },
  })
  const traces = new Traces(events.logger(log))
  const running: RunningHost = new RunningHost({
    ...{ broker, application, id, socket, workers, isGone },
    log: events.logger(log),
    logLevel: logLevel ?? undefined,
    clock: systemClock,
    random: systemRandom,
    pid: process.pid,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    capacity: options.capacity,
    zone: options.zone,
    version: options.version,
    partitions: options.partitions ?? 4,
    isLossAccepted: options.acceptPlan ?? false,
    standbys: standbySettings(options),
    handOverMs: options.handOverMs ?? HAND_OVER_MS,
    worker: workers === 0 ? here : inThread,
    tracer: () => traces.tracer,
  })
  try {
    await running.joined()
    // Nothing is registered yet, so nothing of it is open here.
    refuseUsed(stateDirectory)
  } catch (error) {
    logLevel?.close()
    await running.stop()
    await events.close()
    throw error
  }
  return { location, running, events, traces, stateDirectory }
}

/** Under the same id on another broker, say: each would take the other's stores for its own, and wipe them. */
function refuseUsed(stateDirectory: string): void {
  const [user] = directoryUsers(stateDirectory)
  if (user === undefined) return
  throw new MillraceError({
    code: 'STATE_IN_USE',
    what: `process ${user} uses the state of this host`,
    where: stateDirectory,
    hint: "Stop it, or give this host another id ('host' in the manifest, or --id) or another state directory",
  })
}

class ProcessHost implements Host {
  readonly ended: Promise<void>
  readonly #location: BrokerLocation
  readonly #running: RunningHost
  readonly #events: EventLog
  readonly #traces: Traces
  readonly #stateDirectory: string
  readonly #servers: Servers
  readonly #group: Group
  readonly #post: ActorPost
  readonly #topics: TopicPost
  #settle: { ended(): void; failed(error: Error): void } | null = null
  #closed: Promise<void> | null = null
  #failure: Error | null = null
  #unserve: () => void = () => {}
  #unserveAdmin: () => void = () => {}
  #closeDoor: () => void = () => {}
  #closeApp: () => void = () => {}
  #isStarted = false

  /** Everything is released again when an actor cannot be registered. */
  static async start(
    joined: Joined,
    servers: Servers,
    actors: readonly Registered[],
  ): Promise<ProcessHost> {
    const started = new ProcessHost(joined, servers)
    try {
      await started.#serve()
      const definitions = await Promise.all(actors.map(definitionsOf))
      // Before the first placement: a module of theirs may have registered a provider.
      await joined.traces.look()
      await refuseMissingActors(definitions.flat(), joined.running.parts)
      for (const actor of actors) await joined.running.register(actor)
      joined.events.begin()
      started.#isStarted = true
    } catch (error) {
      started.#closeDoor()
      started.#closeApp()
      await joined.running.stop()
      await joined.events.close()
      throw error
    }
    return started
  }

  constructor({ location, running, events, traces, stateDirectory }: Joined, servers: Servers) {
    this.#location = location
    this.#running = running
    this.#events = events
    this.#traces = traces
    this.#stateDirectory = stateDirectory
    this.#servers = servers
    this.#group = new Group(running, () => this.#isStarted)
    this.#post = new ActorPost(running.parts)
    this.#topics = new TopicPost(running.parts.broker, running.parts.clock)
    this.ended = new Promise((resolve, reject) => {
      this.#settle = { ended: resolve, failed: reject }
    })
    // Who does not ask is not told; an unobserved failure must not end the process.
    this.ended.catch(() => {})
    running.onFatal((error) => {
      // Not before all is closed: who is told may end the process, and would in the middle of writes.
      this.#failure ??= error
      void this.close()
    })
  }

  get id(): string {
    return this.#running.parts.id
  }

  get application(): string {
    return this.#running.parts.application
  }

  get socket(): string {
    return this.#servers.admin.socket
  }

  get http(): string | null {
    return this.#servers.http?.url ?? null
  }

  async register(actor: Registered): Promise<readonly string[]> {
    if (this.#closed !== null) throw closed()
    await refuseMissingActors(await definitionsOf(actor), this.#running.parts)
    await this.#traces.look()
    return this.#running.register(actor)
  }

  async unregister(topology: string): Promise<void> {
    if (this.#closed !== null) throw closed()
    return this.#running.unregister(topology)
  }

  actor<K, M, R>(actor: Askable<K, M, R>, key: K): ActorHandle<M, R> {
    return this.#post.handle(actor, key)
  }

  send<K, V>(topic: Topic<K, V>, ...records: readonly SentRecord<K, V>[]): Promise<RecordPlace[]> {
    return this.#topics.send(topic, ...records)
  }

  read<K, V>(topic: Topic<K, V>, options?: ReadTopicOptions): AsyncIterable<ReceivedRecord<K, V>> {
    return this.#topics.read(topic, options)
  }

  query<K = unknown, V = unknown>(store: string): StoreQuery<K, V> {
    if (this.#closed !== null) throw closed()
    const topologies = () => this.#running.topologies.values()
    const parts = { group: this.#group, clock: systemClock, topologies, patienceMs: PATIENCE_MS }
    return storeQuery<K, V>(store, parts)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #serve(): Promise<void> {
    this.#unserve = await this.#group.serve()
    const { admin, http } = this.#servers
    const parts = { host: this.#running, group: this.#group }
    const telemetry = new Telemetry(parts)
    const query = (store: string) => this.query(store)
    const app = lateApp(this.#running.parts.clock, async () => {
      const [{ adminApp }] = await Promise.all([import('../admin/admin-app.ts'), loadListener()])
      return adminApp({ ...parts, post: this.#post, telemetry, query })
    })
    this.#closeApp = () => app.close()
    admin.serve(app)
    const { broker, application, id } = this.#running.parts
    this.#unserveAdmin = await serveOverBus(broker.bus, { application, host: id }, app)
    const location = this.#location
    if (!isNats(location)) {
      this.#closeDoor = await openDoor(location.directory, application, { id, socket: this.socket })
    }
    if (http === null) return
    await telemetry.watch()
    http.serve(app)
    const { log } = this.#running.parts
    log.log('info', 'HTTP_LISTENING', `metrics and facts at ${http.url}`, { url: http.url })
  }

  /** In phases, each with its deadline: a task that hangs must not keep a process for ever. */
  async #close(): Promise<void> {
    const { clock, log, broker, handOverMs } = this.#running.parts
    const shutdown = new Shutdown(clock, log, phases(handOverMs))
    // Who asks it is answered meanwhile. After a failure there may be nothing to hand over.
    if (this.#failure === null) shutdown.on('hand-over', 'tasks', () => this.#running.handOver())
    shutdown.on('stop-answering', 'door', () => this.#closeDoor())
    shutdown.on('stop-answering', 'bus', () => this.#unserve())
    shutdown.on('stop-answering', 'admin over the bus', () => this.#unserveAdmin())
    shutdown.on('stop-answering', 'mail', () => this.#post.close())
    shutdown.on('stop-answering', 'topics', () => this.#topics.close())
    shutdown.on('release-tasks', 'host', async () => {
      await this.#running.stop()
      // Not when a task is late: its store is open still.
      shutdown.on('flush-state', 'stores', () => flushTaskDirectories(this.#stateDirectory))
    })
    const { admin, http } = this.#servers
    shutdown.on('close-admin', 'http', () => http?.close())
    shutdown.on('close-admin', 'socket', () => admin.close())
    shutdown.on('close-admin', 'app', () => this.#closeApp())
    shutdown.on('close-admin', 'log level', () => this.#running.parts.logLevel?.close())
    shutdown.on('close-admin', 'traces', () => this.#traces.flush())
    shutdown.on('close-admin', 'events', () => this.#events.close())
    shutdown.on('close-broker', 'broker', () => broker.close())
    await shutdown.run('closed')
    if (this.#failure === null) this.#settle?.ended()
    else this.#settle?.failed(this.#failure)
  }
}
