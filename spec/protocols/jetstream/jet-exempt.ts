// Promises of the broker port that NATS JetStream does not keep, with the reason.

import type { Exemption } from '../../contracts/broker.ts'

const NO_COMPACTION = 'messages in NATS cannot be rewritten: snapshots stand in for compaction'

export const JET_EXEMPT: readonly Exemption[] = [
  {
    law: 'an output that expects another end refuses the commit',
    reason: 'outputs are forwarded after the commit is stored, so no guard of theirs can undo it',
  },
  ...[
    'compaction keeps the newest record of each key, at its offset',
    'a reader between two takes misses nothing and sees nothing twice',
    'compaction leaves a task its head, positions and fence',
    'compactions at once, while others append, keep the newest of every key',
    'a tombstone stays for a day, then goes with what it deleted',
    'who follows a commit log and missed a tombstone is told to begin anew',
    'who was reading from the beginning when a tombstone went is told too',
  ].map((law) => ({ law, reason: NO_COMPACTION })),
]
