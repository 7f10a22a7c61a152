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
  const meant = closest(word, parent?.commands.map((command) => command.name()) ?? [])
  throw new MillraceError({
    code: 'USAGE',
    what: `unknown command '${word}'`,
    hint: meant === undefined ? undefined : `(Did you mean ${meant}?)`,
  })
}

/** Letters to insert, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const [same = 0, above = 0, left = 0] = [row[j], row[j + 1], next[j]]
      next.push(Math.min(same + (letter === other ? 0 : 1), above + 1, left + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
