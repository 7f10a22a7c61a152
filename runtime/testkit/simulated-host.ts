// One host of a testkit: the production host with the worker in it, on the simulated broker and clock.
// Its disk is memory that outlives it, so a host that starts again finds what it had sealed.

import { join } from 'node:path'
import type { TaskSpec } from '#actors/host/messages'
import { type TaskStorage, workerActor } from '#actors/host/worker'
import type { Broker } from '#protocols/broker/broker'
import type { Clock, Random } from '#protocols/core/clock'
import type { Logger } from '#protocols/core/log'
import type { Member } from '#protocols/messages/membership'
import { MemoryData, memoryEngine } from '#stores/engine/memory'
import type { DoorbellHall } from '#stores/log/doorbell'
import { openLogBroker } from '#stores/log/log-broker'
import { Group } from '../process/group.ts'
import { RunningHost } from '../process/running-host.ts'
import { type StandbyOptions, standbySettings } from '../process/standby-settings.ts'
import { taskDirectories } from '../process/task-directories.ts'
import { type TaskOptions, taskSettings } from '../process/task-settings.ts'
import type { ProcessClock, SimulatedClock } from './simulated-clock.ts'

/** What the hosts of a testkit share. */
export interface World {
  readonly clock: SimulatedClock
  readonly random: Random
  readonly log: Logger
  /** The broker's memory. */
  readonly records: MemoryData
  readonly hall: DoorbellHall
  readonly application: string
  readonly partitions: number
  readonly options: TaskOptions &
    StandbyOptions & {
      /** Where LMDB keeps the stores of each host; undefined: they are on its disk of memory. */
      readonly stateDirectory?: string | undefined
      /** What a host sees of the broker. */
      readonly broker?: ((broker: Broker, host: HostPlace) => Broker) | undefined
    }
  isGone(member: Member): boolean
}

/** A host of a testkit, and the clock that stops when it does. */
export interface HostPlace {
  readonly id: string
  readonly clock: Clock
}

/** What the program of one host is, where that differs from the others'. */
export interface Program {
  readonly version?: string | undefined
  readonly isLossAccepted?: boolean | undefined
}

/** What a host keeps when its process ends. */
export type Disk = Map<string, MemoryData>

export class SimulatedHost {
  readonly id: string
  readonly socket: string
  readonly running: RunningHost
  readonly group: Group
  readonly #clock: ProcessClock
  readonly #broker: Broker

  /** @param socket tells this process from others that had the id */
  constructor(id: string, socket: string, world: World, disk: Disk, program: Program = {}) {
    this.id = id
    this.socket = socket
    this.#clock = world.clock.process()
    const broker = openBrokerOf(world, this.#clock)
    this.#broker = world.options.broker?.(broker, { id, clock: this.#clock }) ?? broker
    const { random, log, application, partitions } = world
    this.running = new RunningHost({
      ...{ random, log, application, partitions, id, socket },
      broker: this.#broker,
      clock: this.#clock,
      pid: 0,
      workers: 0,
      isLossAccepted: program.isLossAccepted ?? false,
      version: program.version,
      standbys: standbySettings(world.options),
      handOverMs: world.options.handOverMs ?? 0,
      sessionTimeoutMs: 10_000,
      isGone: (member) => Promise.resolve(world.isGone(member)),
      worker: (index, report) =>
        workerActor({
          ...{ index, application, report },
          host: id,
          broker: this.#broker,
          // Few rows are there: as with many in the world, seals go in parts.
          settings: { ...taskSettings(world.options), sealRows: 1 },
          storage: storageOf(id, world, disk),
          plan: async ({ topology }) => this.running.planOf(topology),
        }),
    })
    this.group = new Group(this.running)
  }

  get isAlive(): boolean {
    return this.#clock.isAlive
  }

  /** Ends it as kill -9 does: nothing is committed, sealed or said. */
  kill(): void {
    this.#clock.kill()
  }

  pause(): void {
    this.#clock.pause()
  }

  resume(): void {
    this.#clock.resume()
  }

  /** Ends it cleanly. */
  async stop(): Promise<void> {
    await this.running.handOver()
    await this.running.stop()
    await this.#broker.close()
    this.#clock.kill()
  }
}

export const openBrokerOf = ({ records, hall, random }: World, clock: ProcessClock): Broker =>
  openLogBroker({ engine: memoryEngine(records), clock, random, doorbell: hall.door() })

function storageOf(id: string, { options }: World, disk: Disk): TaskStorage {
  const { stateDirectory } = options
  return stateDirectory === undefined ? storageOn(disk) : taskDirectories(join(stateDirectory, id))
}

function storageOn(disk: Disk): TaskStorage {
  return {
    async open({ id }: TaskSpec) {
      let kept = disk.get(id)
      if (kept === undefined) {
        kept = new MemoryData()
        disk.set(id, kept)
      }
      return { disk: memoryEngine(kept), memory: memoryEngine() }
    },
    async wipe({ id }) {
      disk.delete(id)
    },
  }
}
