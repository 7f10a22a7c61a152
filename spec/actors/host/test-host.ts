// A host actor among simulated processes, with workers that do what they are told.

import { STANDBY_DEFAULT } from '#actors/coordinator/standbys'
import { type HostMessage, type HostPorts, HostView, hostActor } from '#actors/host/host'
import type { ActorRef } from '#actors/kernel/actor'
import { APP, FakeWorker, type HostWorld, type SimulatedProcess } from './host-world.ts'

export const TASKS = { all: 3 }
export const T0 = 't/all/0'
export const T1 = 't/all/1'

export class TestHost {
  readonly view = new HostView()
  readonly workers: FakeWorker[]
  readonly process: SimulatedProcess
  readonly ref: ActorRef<HostMessage>
  readonly refusals: (Error | null)[] = []

  constructor(
    world: HostWorld,
    id = 'a',
    socket = id,
    workers = 1,
    facts: Partial<HostPorts> = {},
  ) {
    this.workers = Array.from({ length: workers }, () => new FakeWorker())
    this.process = world.process(socket)
    const ports = {
      broker: this.process.broker,
      ...{ application: APP, id, socket, workers, pid: 7, sessionTimeoutMs: 8000 },
      standbys: STANDBY_DEFAULT,
      ...facts,
      worker: (n: number, report: Parameters<FakeWorker['props']>[0]) => this.#worker(n, report),
      isGone: world.isGone,
      onJoined: (refusal: Error | null) => void this.refusals.push(refusal),
    }
    this.ref = this.process.system.spawn(hostActor(ports, this.view), 'host')
  }

  get worker(): FakeWorker {
    const [worker] = this.workers
    if (worker === undefined) throw new Error('there is one')
    return worker
  }

  deploy(topology = 't', stateful = ['all']): void {
    const deployment = {
      ...{ topology, module: null, tasks: TASKS, topicPartitions: {} },
      stateful,
    }
    this.ref.tell({ type: 'deploy', deployment })
  }

  #worker(n: number, report: Parameters<FakeWorker['props']>[0]) {
    const worker = this.workers[n]
    if (worker === undefined) throw new Error('there are as many as were asked for')
    return worker.props(report)
  }
}

/** A host that runs what it is granted; another process of the group leads it, and places by hand. */
export async function started(world: HostWorld, workers = 1): Promise<TestHost> {
  await world.join('leader')
  const lease = { host: 'leader', incarnation: 'leader-1' }
  const bytes = new TextEncoder().encode(JSON.stringify(lease))
  await world.now(world.broker.keys.put(`${APP}/lease`, bytes))
  const host = new TestHost(world, 'a', 'a', workers)
  host.deploy()
  await world.clock.settle()
  return host
}
