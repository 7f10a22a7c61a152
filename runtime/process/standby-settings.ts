// How an application keeps copies of its tasks, for good and for a move, where the user does not say.

import { STANDBY_DEFAULT, type StandbySettings } from '#actors/coordinator/standbys'

export interface StandbyOptions {
  /**
   * Copies of every task that keeps state, on other hosts, ready to take it over; default 0. As many
   * as there are hosts for. Hosts of one application should say the same: the one that coordinates
   * decides.
   */
  readonly standbys?: number | undefined
  /** A copy at most so many changes behind may take a task over; default 10,000. */
  readonly acceptableLag?: number | undefined
  /** Tasks that are copied at a time so that they can move to another host; default 2. */
  readonly warmups?: number | undefined
  /**
   * How long a host that is to end goes on with tasks that keep state, for others to copy them before they
   * take them over, ms; 0: it closes them at once. Default 5000; in a testkit 0.
   */
  readonly handOverMs?: number | undefined
}

export const standbySettings = (options: StandbyOptions): StandbySettings => ({
  count: options.standbys ?? STANDBY_DEFAULT.count,
  acceptableLag: options.acceptableLag ?? STANDBY_DEFAULT.acceptableLag,
  warmups: options.warmups ?? STANDBY_DEFAULT.warmups,
})
