// The places at which a process may die between two things that NATS stores; spec/protocols/jetstream has it
// die at each.

/** Where a process may die. */
export type Point =
  | 'claim-stored'
  | 'part-stored'
  | 'commit-stored'
  | 'output-forwarded'
  | 'all-forwarded'
  | 'piece-stored'
  | 'snapshot-stored'
  | 'floor-raised'
  | 'commits-removed'
  | 'prefix-named'
  | 'messages-removed'
  | 'topic-named'
  | 'topic-forgotten'

/** What it throws ends the operation; it may also take its time. */
export type OnPoint = (point: Point) => Promise<void> | void
