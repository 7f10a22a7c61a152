// The coordinator actor: campaigns for the lease and, while it leads, keeps the placement of tasks
// true to the members. Everything it knows is in the coordination map; a new leader starts from that.
//
// Invariants: (1) it writes the placement only by compare-and-set on the revision it read; (2) it
// removes a member only when the host is provably gone, by compare-and-set on the record it judged;
// (3) the candidate of a fenced host does not lead: that host may stand still with the lease in hand;
// (4) a shape becomes active by compare-and-set on the one it replaces, before a task is placed by it.

import type { KeyEntry, Keys } from '#protocols/broker/broker'
import { asError, isMillraceError } from '#protocols/core/errors'
import {
  assignmentKey,
  decodeLease,
  decodeMember,
  decodePlacement,
  encodeDocument,
  hostKey,
  hostsPrefix,
  leaseKey,
  type Member,
  NOTHING_PLACED,
  type Placement,
  plansPrefix,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'
import { parseTraceParent, traceParentOf } from '#protocols/records/trace-context'
import type { Behavior, Props, Self } from '../kernel/actor.ts'
import { Chart } from '../kernel/chart.ts'
import { Trouble } from '../kernel/trouble.ts'
import type { Span, Tracer } from '../task/tracer.ts'
import { causeOf, moved, type Seen, waiting } from './cause.ts'
import { type CoordinatorCommand, type CoordinatorEvent, coordinatorMachine } from './machine.ts'
import { Plans } from './plans.ts'
import { rebalance } from './rebalance.ts'
import type { StandbySettings } from './standbys.ts'

export interface CoordinatorPorts {
  readonly keys: Keys
  readonly application: string
  /** The host this candidate lives on. */
  readonly host: string
  readonly incarnation: string
  /** How long a lease lasts unrenewed, ms; it is renewed three times as often. */
  readonly leaseMs: number
  readonly standbys: StandbySettings
  /** Whether a member's process certainly no longer runs; false where that cannot be known. */
  isGone(member: Member): Promise<boolean>
  /** Where somebody traces: looked at with every placement that it makes. */
  tracer?(): Tracer | null
}

export type CoordinatorMessage = CoordinatorEvent

/** Of who writes into the coordination map, or reads it, and cannot. */
export const coordinationTrouble = ({ clock, log }: Pick<Self<never>, 'clock' | 'log'>): Trouble =>
  new Trouble(clock, log, 'COORDINATION', 'the coordination map can be reached and written again')

export const coordinator = (ports: CoordinatorPorts): Props<CoordinatorMessage> => ({
  kind: 'coordinator',
  make: (self) => new Coordinator(ports, self),
})

class Coordinator implements Behavior<CoordinatorMessage> {
  readonly #ports: CoordinatorPorts
  readonly #self: Self<CoordinatorMessage>
  readonly #chart: Chart<typeof coordinatorMachine, CoordinatorCommand>
  readonly #plans: Plans
  readonly #trouble: Trouble
  #leaseRevision = 0
  #resigned: (() => void) | null = null

  constructor(ports: CoordinatorPorts, self: Self<CoordinatorMessage>) {
    this.#ports = ports
    this.#self = self
    this.#trouble = coordinationTrouble(self)
    this.#chart = new Chart(coordinatorMachine, self.clock, (command) => this.#obey(command))
    const changed = (): void => void self.ref.tell({ type: 'CHANGED' })
    const { keys, application } = ports
    this.#plans = new Plans(keys, application, self.log)
    self.scope.defer('watch hosts', keys.watch(hostsPrefix(application), changed))
    self.scope.defer('watch lease', keys.watch(leaseKey(application), changed))
    self.scope.defer('watch wishes', keys.watch(wishesKey(application), changed))
    self.scope.defer('watch plans', keys.watch(plansPrefix(application), changed))
    self.timers.every('tick', ports.leaseMs / 3, { type: 'TICK' })
    this.#chart.start()
  }

  receive(message: CoordinatorMessage): void {
    if (message.type === 'RENEWED') this.#trouble.end()
    this.#chart.tell(message)
    if (this.#chart.isOver) this.#resigned?.()
  }

  stopping(): Promise<void> | undefined {
    this.#chart.tell({ type: 'RESIGN' })
    if (this.#chart.isOver) return undefined
    return new Promise((resolve) => {
      this.#resigned = resolve
    })
  }

  describe(): { state: string } {
    return { state: this.#chart.state }
  }

  #obey({ type }: CoordinatorCommand): void {
    if (type === 'campaign') this.#pipe(this.#campaign())
    else if (type === 'renew') this.#pipe(this.#renew())
    else if (type === 'look') this.#pipe(this.#look())
    else this.#pipe(this.#resign())
  }

  #pipe(outcome: Promise<CoordinatorEvent['type']>): void {
    this.#self.pipe(
      outcome,
      (type) => ({ type }),
      (error) => {
        this.#trouble.meet(error)
        return { type: 'FAILED' }
      },
    )
  }

  async #campaign(): Promise<'ACQUIRED' | 'TAKEN'> {
    const { keys, application, host, incarnation } = this.#ports
    const [held, wished] = await Promise.all([
      keys.get(leaseKey(application)),
      keys.get(wishesKey(application)),
    ])
    const { fenced } = wishesOf(wished)
    if (fenced.includes(host)) return 'TAKEN'
    if (held !== null && !(await this.#isVacant(held, fenced))) return 'TAKEN'
    const acquired = await this.#putLease(held?.revision ?? 'absent')
    if (!acquired) return 'TAKEN'
    this.#self.log.log('info', 'COORDINATOR_ELECTED', `host ${host} coordinates ${application}`, {
      incarnation,
    })
    return 'ACQUIRED'
  }

  /**
   * A lease is vacant when its holder is gone or fenced, however long it would last, and when it is our
   * own.
   */
  async #isVacant(entry: KeyEntry, fenced: readonly string[]): Promise<boolean> {
    const { keys, application } = this.#ports
    const { host, incarnation } = decodeLease(entry.value)
    if (fenced.includes(host)) return true
    if (host === this.#ports.host && incarnation === this.#ports.incarnation) return true
    const holder = await keys.get(hostKey(application, host))
    if (holder === null) return false
    const member = decodeMember(holder.value)
    return member.incarnation !== incarnation || this.#ports.isGone(member)
  }

  async #renew(): Promise<'RENEWED' | 'LOST'> {
    return (await this.#putLease(this.#leaseRevision)) ? 'RENEWED' : 'LOST'
  }

  async #putLease(expect: number | 'absent'): Promise<boolean> {
    const { keys, application, host, incarnation, leaseMs } = this.#ports
    const document = encodeDocument({ host, incarnation })
    try {
      const options = { expect, ttlMs: leaseMs, isTransient: true }
      this.#leaseRevision = await keys.put(leaseKey(application), document, options)
      return true
    } catch (error) {
      if (isMillraceError(error, 'KEY_CONFLICT')) return false
      throw error
    }
  }

  async #look(): Promise<'LOOKED' | 'LOST'> {
    const { keys, application, host, standbys } = this.#ports
    const [found, placed, wished, shapes] = await Promise.all([
      keys.list(hostsPrefix(application)),
      keys.get(assignmentKey(application)),
      keys.get(wishesKey(application)),
      this.#plans.read(),
    ])
    const wishes = wishesOf(wished)
    if (wishes.fenced.includes(host)) {
      await this.#giveBack()
      return 'LOST'
    }
    const current = placed === null ? NOTHING_PLACED : decodePlacement(placed.value)
    const members = await this.#living(found)
    const present = members.filter(({ id }) => !wishes.fenced.includes(id))
    const plans = await this.#plans.activeFor(present, shapes)
    const next = rebalance(members, current, {
      ...{ settings: standbys, wishes, plans, nowMs: this.#self.clock.now() },
    })
    if (next === current) return 'LOOKED'
    const span = this.#begin(current, next, { members, wishes })
    try {
      const expect = placed?.revision ?? 'absent'
      await keys.put(assignmentKey(application), encodeDocument(traced(current, next, span)), {
        expect,
        isTransient: true,
      })
      span?.end({}, null)
    } catch (thrown) {
      const error = asError(thrown)
      span?.end({}, error)
      // Somebody else placed tasks meanwhile: this one no longer leads.
      if (isMillraceError(error, 'KEY_CONFLICT')) return 'LOST'
      throw error
    }
    this.#self.log.log('info', 'TASKS_PLACED', `placement ${next.version}`, {
      tasks: Object.keys(next.target).length,
      moving: waiting(next).length,
    })
    return 'LOOKED'
  }

  /** The span of a placement; a step of a rebalance is a child of what began it. */
  #begin(last: Placement, next: Placement, seen: Seen): Span | null {
    const tracer = this.#ports.tracer?.() ?? null
    if (tracer === null) return null
    const { application, host } = this.#ports
    const facts = {
      ...{ application, host, placement: next.version, cause: causeOf(last, next, seen) },
      tasks: Object.keys(next.target).length,
      tasksMoved: moved(last, next).length,
      tasksWaiting: waiting(next).length,
    }
    const parent = isStep(last, next) ? parseTraceParent(last.trace ?? '') : null
    return tracer.begin('place', facts, parent)
  }

  async #living(found: ReadonlyMap<string, KeyEntry>): Promise<Member[]> {
    const { host, isGone } = this.#ports
    const looked = [...found].map(async ([key, { value, revision }]) => {
      const member = decodeMember(value)
      if (member.id === host || !(await isGone(member))) return [member]
      await this.#bury(key, member, revision)
      return []
    })
    return (await Promise.all(looked)).flat()
  }

  async #bury(key: string, member: Member, revision: number): Promise<void> {
    this.#self.log.log('warn', 'HOST_GONE', `host ${member.id} (pid ${member.pid}) is gone`)
    try {
      await this.#ports.keys.remove(key, revision)
    } catch (error) {
      if (!isMillraceError(error, 'KEY_CONFLICT')) throw error
    }
  }

  async #resign(): Promise<'RESIGNED'> {
    await this.#giveBack()
    return 'RESIGNED'
  }

  async #giveBack(): Promise<void> {
    try {
      await this.#ports.keys.remove(leaseKey(this.#ports.application), this.#leaseRevision)
    } catch (error) {
      // Lost already: then there is nothing to give back.
      if (!isMillraceError(error, 'KEY_CONFLICT')) throw error
    }
  }
}

/** The targets are those of the last placement: it says who may run, or copy, what goes to one of them. */
const isStep = (last: Placement, next: Placement): boolean =>
  moved(last, next).length === 0 &&
  Object.keys(last.target).length === Object.keys(next.target).length

/** With the trace that its tasks come and go in: one for as long as the targets are the same. */
function traced(last: Placement, next: Placement, span: Span | null): Placement {
  const began = isStep(last, next) ? last.trace : undefined
  const context = span?.context ?? null
  const trace = began ?? (context === null ? undefined : traceParentOf(context))
  return trace === undefined ? next : { ...next, trace }
}
