// Failures among events, the like with the like: those of one code whose text differs in numbers alone
// (offsets, partitions, ports) are one kind of trouble that came again.

import type { PastEvent } from './read-events.ts'

export interface Failure {
  readonly code: string
  /** Of the newest one. */
  readonly message: string
  readonly count: number
  /** Wall time, ms. */
  readonly firstMs: number
  readonly lastMs: number
  /** Who said so, by name. */
  readonly hosts: readonly string[]
}

/** Warnings and errors, newest kind first. */
export function failuresIn(events: readonly PastEvent[]): readonly Failure[] {
  const found = new Map<string, Failure>()
  for (const { code, level, message, host, atMs } of events) {
    if (level !== 'warn' && level !== 'error') continue
    const kind = `${code} ${message.replaceAll(/\d+/g, '#')}`
    const before = found.get(kind)
    const hosts = new Set([...(before?.hosts ?? []), ...(host === null ? [] : [host])])
    const isNewest = before === undefined || atMs >= before.lastMs
    found.set(kind, {
      code,
      message: isNewest ? message : before.message,
      count: (before?.count ?? 0) + 1,
      // Hosts' clocks differ, and so the order of events is not that of their times.
      firstMs: Math.min(before?.firstMs ?? atMs, atMs),
      lastMs: Math.max(before?.lastMs ?? atMs, atMs),
      hosts: [...hosts].sort(),
    })
  }
  return [...found.values()].sort((a, b) => b.lastMs - a.lastMs)
}
