// A key in a window: what windowed aggregations call their rows by.
//
// Tumbling, hopping and unlimited windows end before `end`, which is exclusive; sliding windows and
// sessions hold records up to `end`, inclusive. A window that never ends has an infinite `end`.

/** Times are event times in ms. */
export interface Windowed<K> {
  readonly key: K
  readonly start: number
  readonly end: number
}
