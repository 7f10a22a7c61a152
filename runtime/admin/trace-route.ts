// POST /v1/trace: what the actors that somebody follows did since they asked before. It is a post because
// the first question makes hosts look, and each answer is given once.

import type { Hono } from 'hono'
import type { TraceQuestion, TraceReading } from '#actors/kernel/trace'
import { MillraceError } from '#protocols/core/errors'
import type { FromHost, Group } from '../process/group.ts'
import type { TraceDocument, TraceRow, Unanswered } from './documents.ts'

const OLD = 'it runs a version that cannot trace'

export function addTrace(app: Hono, group: Pick<Group, 'traces'>): void {
  app.post('/v1/trace', async (c) => {
    const question = questionOf(await c.req.json<Partial<TraceQuestion>>())
    return c.json(documentOf(await group.traces(question)))
  })
}

/** @throws MillraceError OPTION_INVALID */
function questionOf({ follower, of, sample = 1 }: Partial<TraceQuestion>): TraceQuestion {
  if (!follower || !of || !Number.isInteger(sample) || sample < 1) {
    throw new MillraceError({
      code: 'OPTION_INVALID',
      what: 'a trace takes the name of a follower, whom it is of, and a sample of 1 or more',
    })
  }
  return { follower, of, sample }
}

function documentOf(
  answers: readonly FromHost<readonly TraceReading[] | undefined>[],
): TraceDocument {
  const steps: TraceRow[] = []
  const unanswered: Unanswered[] = []
  let lost = 0
  for (const from of answers) {
    const { host } = from
    if ('error' in from) unanswered.push({ host, error: from.error })
    else if (from.value === undefined) unanswered.push({ host, error: OLD })
    else {
      for (const reading of from.value) {
        steps.push(...reading.steps.map((step) => ({ ...step, host })))
        lost += reading.lost
      }
    }
  }
  steps.sort((a, b) => a.atMs - b.atMs)
  return { steps, lost, unanswered }
}
