// Keys and values as JSON shows them: the end of a window that never ends is null.

export const shown = (it: unknown): unknown =>
  typeof it === 'object' && it !== null && 'end' in it && it.end === Number.POSITIVE_INFINITY
    ? { ...it, end: null }
    : it
