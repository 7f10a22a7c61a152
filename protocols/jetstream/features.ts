// Which version of nats-server is needed for what. Versions are compared and not fields of answers that
// might be missing: what older servers do not know they ignore in silence.

import { MillraceError } from '../core/errors.ts'

export interface Feature {
  readonly since: readonly [major: number, minor: number, patch: number]
  /** What it is, so that `... needs nats-server 2.9.0` is a sentence. */
  readonly what: string
  readonly why: string
}

export const JETSTREAM: Feature = {
  since: [2, 9, 0],
  what: 'Millrace',
  why: 'older ones name consumers in another way',
}

/** nats-server issue 4320 (seen up to 2.9.20), pull requests 4319 (July 2023) and 5794 (August 2024). */
export const REPLICAS: Feature = {
  since: [2, 10, 20],
  what: 'replicas of more than 1',
  why: 'in a cluster, older ones may store two messages where the second was to be refused, and with them the commits of two owners of a task',
}

/** Whether a server has it, by what it calls its version: `2.9.10`, `2.12.0-RC.1`. */
export function has(version: string, { since }: Feature): boolean {
  const found = version.split(/[.-]/).map(Number)
  for (const [i, least] of since.entries()) {
    const part = found[i] ?? 0
    if (part !== least) return part > least
  }
  return true
}

/** @throws MillraceError NATS_TOO_OLD */
export function need(feature: Feature, version: string, server: string): void {
  if (has(version, feature)) return
  const least = feature.since.join('.')
  throw new MillraceError({
    code: 'NATS_TOO_OLD',
    what: `${feature.what} needs nats-server ${least}; the one at ${server} is ${version}: ${feature.why}`,
    hint: 'Debian bookworm has 2.9.10, which works with replicas: 1; trixie has 2.10.27',
  })
}
