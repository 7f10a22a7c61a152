// The shape of a plan, as a document: what a topology's state on disk and its topics depend on. The
// shape that a group works by is kept under `<application>/plans/<topology>`: it is the active one. Those
// of programs that wait to become it are beside it, each under its mark.
//
// Marks stand for shapes where only equality matters. The mark of a sub-topology has two parts, of which
// the second, what it writes for other sub-topologies, is absent in documents of hosts that did not keep
// it; parts that are absent are passed over.

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { fromUtf8, utf8 } from '../core/bytes.ts'
import { MillraceError } from '../core/errors.ts'

export interface PlanShape {
  readonly topology: string
  readonly subtopologies: Readonly<Record<string, SubtopologyShape>>
  /** Serdes of internal topics that are read, by their full names. */
  readonly topics: Readonly<Record<string, string>>
  /** Of the program that registered it last, as its author calls it. */
  readonly version?: string | undefined
}

export interface SubtopologyShape {
  readonly tasks: number
  readonly sources: readonly string[]
  /** Kind and serdes of each store: `timestamped string int64`. */
  readonly stores: Readonly<Record<string, string>>
  /** Internal topics that it writes. */
  readonly sinks?: readonly string[] | undefined
}

const planShape: z.ZodType<PlanShape> = z.object({
  topology: z.string(),
  subtopologies: z.record(
    z.string(),
    z.object({
      tasks: z.number(),
      sources: z.array(z.string()),
      stores: z.record(z.string(), z.string()),
      sinks: z.array(z.string()).optional(),
    }),
  ),
  topics: z.record(z.string(), z.string()),
  version: z.string().optional(),
})

/** Of each sub-topology of a topology, what stands for its shape. */
export type Marks = Readonly<Record<string, string>>

export const encodePlanShape = (shape: PlanShape): Uint8Array => utf8(JSON.stringify(shape))

/** @throws MillraceError DOCUMENT_UNREADABLE */
export function decodePlanShape(bytes: Uint8Array): PlanShape {
  try {
    return planShape.parse(JSON.parse(fromUtf8(bytes)))
  } catch (cause) {
    throw new MillraceError({
      code: 'DOCUMENT_UNREADABLE',
      what: 'the plan of a topology that is kept in the coordination map cannot be read',
      hint: 'Run hosts of one version over a broker, or upgrade them one after another',
      cause,
    })
  }
}

export const marksOf = ({ subtopologies }: PlanShape): Marks =>
  Object.fromEntries(
    Object.entries(subtopologies).map(([name, { tasks, sources, stores, sinks }]) => {
      const kept = hashOf([tasks, sources, Object.entries(stores).sort(byName)])
      return [name, sinks === undefined ? kept : `${kept}.${hashOf([...sinks].sort())}`]
    }),
  )

/** One mark for all of a topology. */
export const wholeMark = (marks: Marks): string => hashOf(Object.entries(marks).sort(byName))

/** Whether two marks stand for one shape, as far as both say. */
export const isSameMark = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && (a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`))

export const areSameMarks = (a: Marks, b: Marks): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, mark]) => isSameMark(mark, b[name]))

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0
