// Starting an application over. A mark in the coordination map is the first thing written and the last
// removed, and no host registers a topology while it is there: so whatever a reset that was cut off left,
// nobody builds on it, and the reset can be repeated.
//
//   mark     hosts that start from here on refuse; those that were quicker are seen by the next look
//   look     refuses while a host lives
//   drop     commit logs, which fences who may wake up later; then the other topics
//   state    the stores on this machine; those elsewhere are of another history by now
//   forget   what is kept in the coordination map but for the plans
//   look     a host that woke up meanwhile may have begun something anew
//   begin    the first positions of tasks that are not to begin at the beginning (beginnings.ts)
//   forget   the plans

import type { Broker } from '#protocols/broker/broker'
import { isMillraceError, MillraceError } from '#protocols/core/errors'
import { decodeMember, hostsPrefix, type Member, resetKey } from '#protocols/messages/membership'
import { type Beginning, encodeResetMark } from '#protocols/messages/reset-mark'
import { begin, beginningsOf } from './beginnings.ts'
import { isPlan, planReset, type ResetPlan, type ResetScope } from './reset-plan.ts'

export interface ResetOrder extends ResetScope {
  /** Where to begin; default: as an unfinished reset was to, or at the beginning. */
  readonly from?: Beginning | undefined
}

export interface ResetPorts {
  readonly broker: Broker
  isGone(member: Member): Promise<boolean>
  /** Removes what is kept on this machine. */
  removeState(): Promise<void>
  /** Called before each step; what it throws ends the reset. */
  readonly onStep?: ((step: string) => void) | undefined
}

/**
 * Removes everything that `planReset` finds. Repeating it is harmless.
 * @throws MillraceError APPLICATION_RUNNING, and what `planReset` throws
 */
export async function reset(ports: ResetPorts, order: ResetOrder): Promise<ResetPlan> {
  const { broker, onStep } = ports
  const { application, topology = '' } = order
  const { keys } = broker
  const plan = await planReset(broker, order)
  const { readings } = plan
  const from = order.from ?? plan.unfinished?.from ?? 'earliest'
  await refuseLiving(ports, application)
  onStep?.('mark')
  await keys.put(resetKey(application), encodeResetMark({ topology, from, readings }))
  try {
    await refuseLiving(ports, application)
  } catch (error) {
    // Nothing is removed yet, unless by a reset before.
    if (plan.unfinished === null) await keys.remove(resetKey(application))
    throw error
  }
  for (let left = plan; left.topics.length > 0; left = await planReset(broker, order)) {
    for (const { name } of left.topics) {
      onStep?.(`drop ${name}`)
      await dropped(broker, name)
    }
  }
  onStep?.('state')
  await ports.removeState()
  for (const key of plan.keys.filter((it) => !isPlan(it, application))) {
    onStep?.(`forget ${key}`)
    await keys.remove(key)
  }
  await refuseLiving(ports, application)
  for (const task of await beginningsOf(broker, from, readings)) {
    onStep?.(`begin ${task.topology}/${task.subtopology}/${task.partition}`)
    await begin(broker, application, task)
  }
  for (const key of plan.keys.filter((it) => isPlan(it, application))) {
    onStep?.(`forget ${key}`)
    await keys.remove(key)
  }
  onStep?.('unmark')
  await keys.remove(resetKey(application))
  return plan
}

/** @throws MillraceError APPLICATION_RUNNING */
export async function refuseLiving(
  { broker, isGone }: Pick<ResetPorts, 'broker' | 'isGone'>,
  application: string,
): Promise<void> {
  const living: string[] = []
  for (const { value } of (await broker.keys.list(hostsPrefix(application))).values()) {
    const member = decodeMember(value)
    if (!(await isGone(member))) living.push(member.id)
  }
  if (living.length === 0) return
  throw applicationRunning(
    `host ${living.map((id) => `'${id}'`).join(', ')} of application '${application}' is running`,
    'Stop every host of it first. One that died on another machine is forgotten after its session time-out, 10 s unless the manifest says otherwise',
  )
}

export const applicationRunning = (what: string, hint: string): MillraceError =>
  new MillraceError({ code: 'APPLICATION_RUNNING', what, hint })

async function dropped({ topics }: Broker, name: string): Promise<void> {
  try {
    await topics.drop(name)
  } catch (error) {
    if (!isMillraceError(error, 'TOPIC_UNKNOWN')) throw error
  }
}
