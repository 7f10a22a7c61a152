// Runs the topology of a request on the testkit, step by step, and answers what came of it. Each step
// is processed and committed to its end before the next; outputs belong to the step they come with.

import { isMillraceError, type Topic, type TopologyDefinition, topology } from 'millrace'
import { type Testkit, testkit } from 'millrace/testkit'
import { Building } from './build.ts'
import type { Any } from './built.ts'
import type {
  Answer,
  AskedStore,
  Output,
  RecordStep,
  Step,
  StoreRowOut,
  TopologyRequest,
} from './request.ts'
import { shown } from './shown.ts'

export async function answerTopology(request: TopologyRequest): Promise<Answer> {
  const { id, config = {} } = request
  const run = new Run(request)
  let definition: TopologyDefinition
  try {
    definition = topology('t', (t) => run.building.build(t, request.topology.ops), {
      optimize: config.optimize === 'all',
    })
  } catch (error) {
    return { id, error: { phase: 'build', message: sentence(error) } }
  }
  const facts = planFacts(definition)
  if (request.inputs.length === 0) return { id, outputs: [], dropped: 0, ...facts }
  try {
    return { id, ...(await run.all(definition)), ...facts }
  } catch (error) {
    return { id, outputs: run.outputs, error: { phase: 'run', message: sentence(error) } }
  }
}

class Run {
  readonly outputs: Output[] = []
  readonly building: Building
  readonly #request: TopologyRequest
  #at = 0
  /** How many records of ours were written to a topic since it was last read. */
  readonly #sent = new Map<string, number>()
  /** Steps that wait for a commit. */
  #held: Step[] = []

  constructor(request: TopologyRequest) {
    this.#request = request
    this.building = new Building(request.config ?? {}, (record) => {
      this.outputs.push({ ...record, at: this.#at })
    })
  }

  async all(definition: TopologyDefinition): Promise<Omit<Answer, 'id'>> {
    const { inputs, ask, config = {} } = this.#request
    await using kit = await testkit(definition, {
      startMs: config.wallClockStartMs ?? 0,
      maxTaskIdleMs: config.maxTaskIdleMs ?? 0,
    })
    const stores: StoreRowOut[][] = []
    for (const [at, step] of inputs.entries()) {
      this.#at = at
      this.#held.push(step)
      // Nothing leaves a task but by a commit: without one, records wait for it.
      if (config.autoCommit === false && !('commit' in step)) continue
      await this.#release(kit)
      this.#take(kit)
      const failed = (await kit.tasks()).find(({ error }) => error !== null)
      if (failed?.error) throw new Error(`${failed.error.code}: ${failed.error.what}`)
      for (const [index, asked] of (ask.stores ?? []).entries()) {
        if (asked.at === at) stores[index] = await rowsOf(kit, asked)
      }
    }
    return { outputs: this.outputs, stores, dropped: await dropped(kit) }
  }

  async #release(kit: Testkit): Promise<void> {
    const steps = this.#held
    this.#held = []
    for (let at = 0; at < steps.length; ) {
      const step = steps[at]
      if (step === undefined || !('topic' in step)) {
        if (step !== undefined && 'advanceWallClockMs' in step) {
          await kit.jump(step.advanceWallClockMs)
        }
        at++
        continue
      }
      // Records of one topic in a row are one write, so that one commit takes them.
      const run = steps.slice(at).filter(isRecord)
      const end = run.findIndex(({ topic }) => topic !== step.topic)
      const records = end < 0 ? run : run.slice(0, end)
      this.#send(kit, step.topic, records)
      at += records.length
    }
    await kit.settle()
  }

  #send(kit: Testkit, topic: string, steps: readonly RecordStep[]): void {
    const known = this.building.topics.input(topic)
    // Nobody reads it.
    if (known === undefined) return
    this.#sent.set(topic, steps.length)
    const records = steps.map(({ key, value, ts: time, headers = [] }) => ({
      // Typed by the serdes that the request names.
      ...{ key: key as Any, value: value as Any, time },
      headers: Object.fromEntries(headers.map(([name, hex]) => [name, Buffer.from(hex, 'hex')])),
    }))
    kit.topic(known).send(...records)
  }

  #take(kit: Testkit): void {
    for (const topic of this.building.topics.outputs()) this.#takeFrom(kit, topic)
  }

  #takeFrom(kit: Testkit, topic: Topic<Any, Any>): void {
    const found = kit.topic(topic).take()
    // What the steps themselves wrote is not an output.
    found.splice(0, this.#sent.get(topic.name) ?? 0)
    this.#sent.delete(topic.name)
    for (const { key, value, time, headers } of found) {
      this.outputs.push({
        topic: topic.name,
        key: shown(key),
        value: shown(value),
        ts: time,
        at: this.#at,
        headers: Object.entries(headers).map(([name, bytes]) => [name, hexOf(bytes)]),
      })
    }
  }
}

function planFacts(
  definition: TopologyDefinition,
): Pick<Answer, 'subtopologies' | 'internalTopics'> {
  const plan = definition.plan('app')
  const internal = plan.topics.filter(({ use }) => use === 'repartition')
  return {
    subtopologies: plan.subtopologies.length,
    internalTopics: internal.map(({ name }) =>
      name.replace(/^app\.t\./, '').replace(/\.repartition$/, '-repartition'),
    ),
  }
}

async function dropped(kit: Testkit): Promise<number> {
  let sum = 0
  for (const { dropped } of [...(await kit.tasks()), ...(await kit.globals())]) {
    for (const [reason, count] of Object.entries(dropped)) {
      // Kafka's filter in front of a repartition topic counts nothing.
      if (reason !== 'unplaced') sum += count
    }
  }
  return sum
}

/** Session stores are asked key by key. */
async function rowsOf(kit: Testkit, { store, keys }: AskedStore): Promise<StoreRowOut[]> {
  const rows = await kit.store(store).rows({ limit: 1_000_000 })
  const wanted = keys?.map((key) => JSON.stringify(key))
  const isWanted = (key: unknown): boolean =>
    wanted === undefined || wanted.includes(JSON.stringify(isWindowed(key) ? key.key : key))
  return rows
    .filter(({ key }) => isWanted(key))
    .map(({ key, value, time }) => {
      return { key: shown(key), value: shown(value), ...(time === undefined ? {} : { ts: time }) }
    })
}

const isWindowed = (it: unknown): it is { key: unknown } =>
  typeof it === 'object' && it !== null && 'key' in it && 'start' in it && 'end' in it

const isRecord = (step: Step): step is RecordStep => 'topic' in step

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const sentence = (error: unknown): string =>
  isMillraceError(error) ? `${error.code}: ${error.message}` : String(error)
