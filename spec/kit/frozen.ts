// Whether a process stands still. SIGSTOP is sent at once and obeyed by each thread when it next comes
// by: until then some of them work on.

import { readdirSync, readFileSync } from 'node:fs'

const LOOK_EVERY_MS = 5

/** Until every thread of a process that was sent SIGSTOP has stopped. Where /proc is not, at once. */
export async function frozen(pid: number): Promise<void> {
  while (!threadsOf(pid).every((state) => state === 'T')) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS)
    })
  }
}

/** The letters by which the kernel calls the states of its threads: R running, S sleeping, T stopped. */
function threadsOf(pid: number): string[] {
  const folder = `/proc/${pid}/task`
  try {
    return readdirSync(folder).map((id) => {
      const stat = readFileSync(`${folder}/${id}/stat`, 'utf8')
      // The name before it, in parentheses, may hold anything.
      return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
    })
  } catch {
    return [] // A thread ended while it was looked at, or the system has no such files.
  }
}
