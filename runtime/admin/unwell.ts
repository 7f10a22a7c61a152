// Whether an application is well, and if not, what is wrong: one answer for scripts and screens.

import type { StatusDocument } from './documents.ts'

/** Why it is not well, as phrases; nothing when every task runs and every host answered. */
export function whyUnwell({
  tasks,
  unanswered,
  coordinator,
}: Pick<StatusDocument, 'tasks' | 'unanswered' | 'coordinator'>): readonly string[] {
  const idle = Object.entries(tasks).filter(([state]) => state !== 'running')
  return [
    ...(coordinator === null ? ['nobody coordinates'] : []),
    ...unanswered.map(({ host }) => `host ${host} did not answer`),
    ...idle.map(([state, count]) => `${count} ${count === 1 ? 'task' : 'tasks'} ${state}`),
  ]
}
