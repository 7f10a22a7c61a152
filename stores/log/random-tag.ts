// Names nobody else has: 16 characters of chance, from the port that gives all chance.

import type { Random } from '#protocols/core/clock'

/** Sixteen characters of a-z and 0-9. */
export function randomTag(random: Random): string {
  let tag = ''
  while (tag.length < 16) tag += Math.floor(random.next() * 36).toString(36)
  return tag
}
