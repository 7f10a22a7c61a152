// What runs in a worker thread: its own broker connection, its own kernel, and one worker actor with
// the tasks that the host gives it. It imports the modules of topologies itself.
//
// A user's function that ends the process would end this thread and every task in it. Here it throws
// instead, and is one task's failure.

import { once } from 'node:events'
import process from 'node:process'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Deployment } from '#actors/host/messages'
import { workerActor } from '#actors/host/worker'
import { ActorSystem } from '#actors/kernel/system'
import type { TopologyPlan } from '#actors/topology/plan'
import { assert } from '#protocols/core/assert'
import { asError, MillraceError } from '#protocols/core/errors'
import { EventLog } from '../events/event-log.ts'
import { loadDefinitions } from '../manifest/load-definitions.ts'
import { inheritScripts } from '../manifest/typescript.ts'
import { followLogLevel } from '../telemetry/log-level.ts'
import { pinoLogger } from '../telemetry/pino-logger.ts'
import { Traces } from '../telemetry/traces.ts'
import { connectBroker } from './open-broker.ts'
import { systemClock, systemRandom } from './system-ports.ts'
import { taskDirectories } from './task-directories.ts'
import { threadFacts } from './thread-facts.ts'
import type { ThreadBirth } from './thread-nursery.ts'
import type { FromThread, ToThread } from './thread-worker.ts'

assert(parentPort !== null, 'this module runs in a worker thread')
const port = parentPort
const [birth] = await Promise.all([
  born(workerData as MessagePort), // given by ThreadNursery
  // What topologies are written with: there is time for it now, and hardly one does without.
  import('../index.ts'),
])
inheritScripts(birth.scripts)
const exit = process.exit.bind(process)
let isEnding = false
process.exit = (code) => {
  throw exitRefused(String(code ?? 0))
}
const lines = pinoLogger(birth.logLevels.level, { host: birth.host, worker: birth.index })
lines.levels = birth.logLevels
// Before anything that takes long: what is said meanwhile is heard.
const unfollow = followLogLevel(lines, birth)
const broker = await connectBroker(birth.location, { log: lines })
const { application, host } = birth
const events = new EventLog({ broker, clock: systemClock, application, host })
const log = events.logger(lines)
const traces = new Traces(log)
const say = (message: FromThread): void => port.postMessage(message)

const system = new ActorSystem({
  name: `${birth.host}/worker-${birth.index}`,
  clock: systemClock,
  random: systemRandom,
  log,
  onFatal: (error) => {
    say({ type: 'failed', message: error.message })
    void end(1)
  },
})
const worker = system.spawn(
  workerActor({
    index: birth.index,
    application,
    host,
    broker,
    settings: birth.settings,
    storage: taskDirectories(birth.stateDirectory, birth.storeBytes),
    plan,
    tracer: () => traces.tracer,
    report: say,
    tree: () => system.tree(),
    thread: () => threadFacts(birth.index, system.deadLetters),
    trace: (question) => system.trace(question),
  }),
  'worker',
)

// An error that nobody caught belongs to no record: whoever left it behind had returned. The thread is
// ended all the same, for what else it left undone; tasks close cleanly first and go on in another one.
// (Without a listener Node would call the exit that was replaced above.)
process.on('uncaughtException', (thrown: unknown) => {
  say({ type: 'failed', message: asError(thrown).message })
  void end(1)
})

port.on('message', (message: ToThread) => {
  if (message.type === 'end') void end(0)
  else worker.tell(message)
})

/** Told once, when it is known what this thread is to be. */
async function born(news: MessagePort): Promise<ThreadBirth> {
  const [birth] = await once(news, 'message')
  news.close()
  return birth
}

async function plan({ topology, module }: Deployment): Promise<TopologyPlan> {
  assert(module !== null, 'threads are given modules')
  const definition = (await loadDefinitions(module)).find(({ name }) => name === topology)
  await traces.look()
  assert(definition !== undefined, () => `${module} exports topology '${topology}'`)
  return definition.plan(birth.application)
}

async function end(code: number): Promise<void> {
  if (isEnding) return
  isEnding = true
  await system.stop()
  await traces.flush()
  await events.close()
  await broker.close()
  unfollow()
  exit(code)
}

function exitRefused(code: string): MillraceError {
  return new MillraceError({
    code: 'EXIT_REFUSED',
    what: `process.exit(${code}) was called in a worker thread`,
    hint: 'Throw an error instead: the task is restarted, then quarantined; others go on',
  })
}
