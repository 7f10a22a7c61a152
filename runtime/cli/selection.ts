// Which tasks an operator means: ids, patterns in which `*` stands for anything and `?` for one
// character, and topologies. Pure. What means nothing that is there is refused, with what was likely meant.

import { MillraceError } from '#protocols/core/errors'
import { globSource } from '#protocols/core/glob'
import { closest } from './closest.ts'
import { optionInvalid } from './options.ts'

export interface Selection {
  /** Ids and patterns. */
  readonly words: readonly string[]
  /** All tasks of it, or those of them that the words mean. */
  readonly topology?: string | undefined
}

/**
 * The ids that are meant, in the order of `known`, each once.
 * @throws MillraceError OPTION_INVALID when nothing is named; TASK_UNKNOWN, TOPOLOGY_UNKNOWN
 */
export function selected({ words, topology }: Selection, known: readonly string[]): string[] {
  if (words.length === 0 && topology === undefined) {
    throw optionInvalid("name a task, a pattern such as 'wordcount/counts/*', or a --topology")
  }
  const among = topology === undefined ? known : known.filter((id) => topologyOf(id) === topology)
  if (among.length === 0 && topology !== undefined) throw topologyUnknown(topology, known)
  if (words.length === 0) return [...among]
  const meant = words.map((word) => meaning(word, among))
  return among.filter((id) => meant.some((ids) => ids.includes(id)))
}

function meaning(word: string, known: readonly string[]): readonly string[] {
  const pattern = new RegExp(`^${globSource(word)}$`, 'u')
  const ids = known.filter((id) => pattern.test(id))
  if (ids.length > 0) return ids
  throw taskUnknown(word, known)
}

const topologyOf = (id: string): string => id.split('/')[0] ?? ''

export function taskUnknown(word: string, known: readonly string[]): MillraceError {
  const meant = closest(word, known)
  const isPattern = /[*?]/.test(word)
  return new MillraceError({
    code: 'TASK_UNKNOWN',
    what: isPattern ? `no task is like ${word}` : `there is no task ${word}`,
    hint:
      meant !== undefined && !isPattern
        ? `Did you mean ${meant}?`
        : `Tasks: ${known.slice(0, 8).join(', ') || 'none was placed yet'}`,
  })
}

const topologyUnknown = (topology: string, known: readonly string[]): MillraceError => {
  const names = [...new Set(known.map(topologyOf))]
  const meant = closest(topology, names)
  return new MillraceError({
    code: 'TOPOLOGY_UNKNOWN',
    what: `no task of a topology '${topology}' is placed`,
    hint:
      meant === undefined
        ? `Topologies: ${names.join(', ') || 'none was placed yet'}`
        : `Did you mean ${meant}?`,
  })
}
