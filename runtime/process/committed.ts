// What a task committed last, read from its commit log: by anybody, while nobody runs the task.

import { lastHeader } from '#actors/task/replay'
import type { Broker, Position, TaskName } from '#protocols/broker/broker'
import { Bell } from '#protocols/core/bell'
import { offset } from '#protocols/core/brands'
import { commitLog } from '#protocols/messages/commit-header'

/** The positions of its newest commit; none where it never committed. */
export async function committedBy(
  broker: Pick<Broker, 'topics' | 'commits'>,
  task: TaskName,
): Promise<readonly Position[]> {
  const { topic, partition } = commitLog(task)
  const described = await broker.topics.describe(topic)
  const { first = 0, next = 0 } =
    described?.bounds.find((bounds) => bounds.partition === partition) ?? {}
  if (next === first) return []
  const arrival = new Bell()
  const reader = broker.commits(task, offset(next - 1), () => arrival.ring())
  try {
    for (let newest: readonly Position[] = []; ; ) {
      const header = lastHeader(reader)
      if (header !== null) newest = header.positions
      if (reader.position >= next) return newest
      // It is stored, so it comes.
      if (header === null) await arrival.wait()
    }
  } finally {
    reader.close()
  }
}
