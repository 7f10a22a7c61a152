// What a host has to say to whoever runs it about the version of its program, beside the others'. A
// sentence is said once, when what it says begins.

import type { LogLevel } from '#protocols/core/log'
import type { Standing } from '../coordinator/upgrade.ts'

export interface Notice {
  readonly level: LogLevel
  readonly code: string
  readonly what: string
}

/** Null where nothing is worth saying. */
export function noticeOf(
  topology: string,
  before: Standing | undefined,
  now: Standing,
): Notice | null {
  if (before === now) return null
  switch (now) {
    case 'active':
      return before === undefined ? null : saying('info', 'PLAN_ACTIVE', topology, ACTIVE)
    case 'pending':
      return saying('info', 'PLAN_PENDING', topology, PENDING)
    case 'overtaken':
      return saying('warn', 'PLAN_OVERTAKEN', topology, OVERTAKEN)
  }
}

const ACTIVE = 'as it is in this program is the active one: this host takes all of its tasks'
const PENDING =
  'changed in this program: what changed begins when every host runs that, or by millrace upgrade promote'
const OVERTAKEN =
  'became another meanwhile: this host is given none of its tasks. Start it with the newer program'

const saying = (level: LogLevel, code: string, topology: string, what: string): Notice => ({
  ...{ level, code, what: `topology '${topology}' ${what}` },
})
