// Counts as people say them.

/** `1 task`, `2 tasks`: of words that take an s. */
export const plural = (count: number, word: string): string =>
  `${count} ${word}${count === 1 ? '' : 's'}`
