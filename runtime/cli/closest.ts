// The word somebody meant: for commands that have a default, where the parser takes any word for an
// argument of that.

import type { Command } from 'commander'
import { MillraceError } from '#protocols/core/errors'

/** The most like of `words`, when fewer than half of the letters are wrong. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((it) => ({ it, wrong: distance(word, it) }))
    .filter(({ it, wrong }) => wrong * 2 < Math.max(it.length, word.length))
    .sort((a, b) => a.wrong - b.wrong)
  return ranked[0]?.it
}

/** @throws MillraceError USAGE when the command was given a word it has no use for */
export function refuseWords({ args, parent }: Command): void {
  const [word] = args
  if (word === undefined) return
  const known = parent?.commands.map((command) => command.name()) ?? []
  const meant = closest(word, known)
  const hint = meant === undefined ? `It is one of ${known.join(', ')}` : `(Did you mean ${meant}?)`
  throw new MillraceError({ code: 'USAGE', what: `unknown command '${word}'`, hint })
}

/** Letters to insert, drop or change, and pairs of neighbours to swap. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [same = 0, above = 0, left = 0] = [row[j], row[j + 1], next[j]]
      const isSwap = i > 0 && letter === b[j - 1] && other === a[i - 1]
      const swapped = isSwap ? (before[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY
      next.push(Math.min(same + (letter === other ? 0 : 1), above + 1, left + 1, swapped))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}
