// Numbers that must not be mistaken for one another. A brand costs nothing at run time; it exists
// so that stream time cannot be assigned to wall time, nor an offset to a count. Each brand has one
// constructor, here, which is the only place where a bare number becomes one.

declare const brand: unique symbol
type Brand<Name extends string> = number & { readonly [brand]: Name }

/** Position of a record in a partition. Comparable, not always dense. A safe integer. */
export type Offset = Brand<'Offset'>
/** Event time, ms since 1970-01-01T00:00:00Z, as carried by records. */
export type StreamTimeMs = Brand<'StreamTimeMs'>
/** What a wall clock says, ms since 1970-01-01T00:00:00Z. */
export type WallTimeMs = Brand<'WallTimeMs'>
/** A fencing number: grows by one each time a task is claimed. Starts at 1; 0 means never claimed. */
export type Epoch = Brand<'Epoch'>

// Each cast below is the constructor of its brand.
export const offset = (n: number): Offset => n as Offset
export const streamTime = (ms: number): StreamTimeMs => ms as StreamTimeMs
export const wallTime = (ms: number): WallTimeMs => ms as WallTimeMs
export const epoch = (n: number): Epoch => n as Epoch
