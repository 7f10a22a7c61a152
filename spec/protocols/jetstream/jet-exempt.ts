// Promises of the broker port that NATS JetStream does not keep, with the reason.

import type { Exemption } from '../../contracts/broker.ts'

const NO_COMPACTION =
  'commit logs are trimmed to snapshots over NATS, and not compacted: their commits must stay messages'

export const JET_EXEMPT: readonly Exemption[] = [
  {
    law: 'an output that expects another end refuses the commit',
    reason: 'outputs are forwarded after the commit is stored, so no guard of theirs can undo it',
  },
  ...[
    'compaction leaves a task its head, positions and fence',
    'who follows a commit log and missed a tombstone is told to begin anew',
    'who was reading from the beginning when a tombstone went is told too',
  ].map((law) => ({ law, reason: NO_COMPACTION })),
]
