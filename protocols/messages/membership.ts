// What hosts and their coordinator write for one another into the broker's coordination map. All of it
// is state, never a command: whoever reads it later, or twice, comes to the same conclusion.
//
//   <application>/lease        Lease       who coordinates; expires unless renewed
//   <application>/hosts/<id>   Member      a host, what it can run and what it holds; expires likewise
//   <application>/assignment   Placement   which host may run which task
//   <application>/wishes       Wishes      what operators want of hosts and of the placement
//   <application>/plans/<name> PlanShape   the active shape of a topology (plan-shape.ts)
//   <application>/shapes/<name>/<mark>     PlanShape of a program that was not active when it came
//   <application>/reset        ResetMark   a reset that is not finished (reset-mark.ts)
//
// Documents are JSON, so that a person can read them. A document of another shape is refused whole. A
// version that does not know a field passes over it; a field that came later has a meaning when it is
// absent, so that hosts of two versions can be one group while they are upgraded.

import * as z from 'zod'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'

export const applicationKeys = (application: string): string => `${application}/`
export const resetKey = (application: string): string => `${application}/reset`
export const leaseKey = (application: string): string => `${application}/lease`
export const assignmentKey = (application: string): string => `${application}/assignment`
export const wishesKey = (application: string): string => `${application}/wishes`
export const plansPrefix = (application: string): string => `${application}/plans/`
export const planKey = (application: string, topology: string): string =>
  `${plansPrefix(application)}${topology}`
/** Of shapes that came while another was active. */
export const allShapesPrefix = (application: string): string => `${application}/shapes/`
export const shapesPrefix = (application: string, topology: string): string =>
  `${allShapesPrefix(application)}${topology}/`
export const shapeKey = (application: string, topology: string, mark: string): string =>
  `${shapesPrefix(application, topology)}${mark}`
export const hostsPrefix = (application: string): string => `${application}/hosts/`
export const hostKey = (application: string, id: string): string =>
  `${hostsPrefix(application)}${id}`

const lease = z.object({ host: z.string(), incarnation: z.string() })
export type Lease = z.infer<typeof lease>

const marks = z.record(z.string(), z.string())

const member = z.object({
  id: z.string(),
  /** Tells a process from the one that had its id before. */
  incarnation: z.string(),
  pid: z.number(),
  /** Where its admin socket listens; empty when it has none. */
  socket: z.string(),
  /** Threads that run tasks; 0 when they run beside everything else. */
  workers: z.number(),
  state: z.enum(['active', 'draining']),
  /**
   * Of one that drains: it runs what it is granted until others have copies. Absent: it closes everything at
   * once, as hosts of versions before did.
   */
  isHandingOver: z.boolean().optional(),
  startedAt: z.number(),
  /** Topologies it can run: sub-topologies and their numbers of tasks. */
  topologies: z.record(z.string(), z.record(z.string(), z.number())),
  /** Ids of tasks it runs, is opening, or has not finished closing. */
  held: z.array(z.string()),
  /** `topology/sub-topology` of those tasks that keep something a copy can be made of. */
  stateful: z.array(z.string()).default([]),
  /**
   * Tasks it keeps copies of, and how many changes each was behind its commit log when it last said;
   * -1 before it knows. Absent: a host of a version that keeps none.
   */
  copies: z.record(z.string(), z.number()).optional(),
  /** How much it takes of the work, beside the others; absent: 1. */
  capacity: z.number().positive().optional(),
  /** What it shares with hosts that may fail together with it; absent: it shares nothing. */
  zone: z.string().optional(),
  /** Of the program it runs, as its author calls it. */
  version: z.string().optional(),
  /**
   * Of each topology, the marks of its shape, and those of the active shape that it was compared with, where
   * that is another. Absent: a host of a version that compared and replaced at once.
   */
  plans: z.record(z.string(), z.object({ is: marks, on: marks.optional() })).optional(),
})
export type Member = z.infer<typeof member>

const placement = z.object({
  /** Grows with every change. */
  version: z.number(),
  /** Where each task should be. */
  target: z.record(z.string(), z.string()),
  /** Who may run it now, while no other host holds it: the target, or who runs it until that is ready. */
  granted: z.record(z.string(), z.string()),
  /**
   * Who keeps copies of a task's stores: first those that are to stay, then those that are needed for
   * the time being. A host that may run the task does not copy it.
   */
  standbys: z.record(z.string(), z.array(z.string())).default({}),
  /** Marks of the shape of each topology by which it was decided; absent: nobody asked for shapes. */
  active: z.record(z.string(), marks).optional(),
  /** `traceparent` of the placement that first had these targets; absent: nobody traces rebalances. */
  trace: z.string().optional(),
})
export type Placement = z.infer<typeof placement>
export const NOTHING_PLACED: Placement = { version: 0, target: {}, granted: {}, standbys: {} }

/** Absent: nothing is wished. Whoever rewrites it keeps the fields of versions that know more. */
const wishes = z.looseObject({
  /** Hosts that are to hold nothing, and give away what they hold one copy at a time. */
  draining: z.array(z.string()).default([]),
  /** Until when tasks of a draining host wait for copies, wall time, ms; absent: as long as it takes. */
  drainBy: z.record(z.string(), z.number()).default({}),
  /** Hosts that are as good as gone, whatever they hold. */
  fenced: z.array(z.string()).default([]),
  /** No task moves that could stay. */
  isFrozen: z.boolean().default(false),
  /** Task id to the host that is to run it. */
  pins: z.record(z.string(), z.string()).default({}),
})
export type Wishes = z.infer<typeof wishes>
export const NOTHING_WISHED: Wishes = {
  ...{ draining: [], drainBy: {}, fenced: [], isFrozen: false, pins: {} },
}

export const encodeDocument = (document: Lease | Member | Placement | Wishes): Uint8Array =>
  utf8(JSON.stringify(document))

export const decodeLease = (bytes: Uint8Array): Lease => decode('lease', lease, bytes)
export const decodeMember = (bytes: Uint8Array): Member => decode('member', member, bytes)
export const decodePlacement = (bytes: Uint8Array): Placement =>
  decode('placement', placement, bytes)
export const decodeWishes = (bytes: Uint8Array): Wishes => decode('wishes', wishes, bytes)
/** Of a key that may be absent. */
export const wishesOf = (entry: { readonly value: Uint8Array } | null): Wishes =>
  entry === null ? NOTHING_WISHED : decodeWishes(entry.value)

/** What is wished of a host; that it is fenced goes before that it drains. */
export const wishFor = (
  { draining, fenced }: Wishes,
  host: string,
): 'fenced' | 'draining' | null =>
  fenced.includes(host) ? 'fenced' : draining.includes(host) ? 'draining' : null

function decode<T>(what: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  try {
    return schema.parse(JSON.parse(fromUtf8(bytes)))
  } catch (cause) {
    throw new MillraceError({
      code: 'DOCUMENT_UNREADABLE',
      what: `a ${what} document of the coordination map cannot be read`,
      hint: 'Run hosts of one version over a broker, or upgrade them one after another',
      cause,
    })
  }
}
