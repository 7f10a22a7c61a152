// Named places to speak to, in the user's own configuration: `$XDG_CONFIG_HOME/millrace/contexts.json`, or
// below `~/.config`. A place may hold the login of a server, so the file is for its owner alone. It is
// written beside and renamed, so that nobody reads half of it.

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import process from 'node:process'
import { asError, MillraceError } from '#protocols/core/errors'
import { closest } from './closest.ts'

/** What options would say. Paths are absolute: a context means the same from everywhere. */
export interface Context {
  readonly broker?: string
  readonly manifest?: string
  readonly app?: string
  readonly host?: string
}

export interface Contexts {
  /** The one that is meant where nothing else says. */
  readonly current: string | null
  readonly contexts: Readonly<Record<string, Context>>
}

const NONE: Contexts = { current: null, contexts: {} }
const FIELDS = ['broker', 'manifest', 'app', 'host'] as const

export function contextFile(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['XDG_CONFIG_HOME'] ?? ''
  // By its specification a path that is not absolute is to be ignored.
  const base = isAbsolute(named) ? named : join(homedir(), '.config')
  return join(base, 'millrace', 'contexts.json')
}

/** @throws MillraceError CONTEXTS_UNREADABLE */
export function readContexts(file: string = contextFile()): Contexts {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return NONE
    throw unreadable(file, asError(thrown).message)
  }
  try {
    return checked(JSON.parse(text))
  } catch (thrown) {
    throw unreadable(file, asError(thrown).message)
  }
}

/** @throws MillraceError CONTEXTS_UNWRITABLE */
export function writeContexts(contexts: Contexts, file: string = contextFile()): void {
  const fresh = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(fresh, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 })
    // Where a file of that name was left behind, its mode was too.
    chmodSync(fresh, 0o600)
    renameSync(fresh, file)
  } catch (thrown) {
    throw new MillraceError({
      code: 'CONTEXTS_UNWRITABLE',
      what: `contexts cannot be written: ${asError(thrown).message}`,
      where: file,
      hint: 'Set XDG_CONFIG_HOME to a directory that is writable',
    })
  }
}

/** @throws MillraceError CONTEXT_UNKNOWN */
export function contextNamed(name: string, { contexts }: Contexts): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found !== undefined) return found
  const known = Object.keys(contexts)
  const meant = closest(name, known)
  throw new MillraceError({
    code: 'CONTEXT_UNKNOWN',
    what: `there is no context '${name}'`,
    hint:
      meant !== undefined
        ? `Did you mean ${meant}?`
        : `Contexts: ${known.join(', ') || 'none; millrace context add makes one'}`,
  })
}

/** Throws where it is of another shape: a place that is half read is another place. */
function checked(read: unknown): Contexts {
  if (!isObject(read) || !isObject(read['contexts'])) throw new Error('it holds no contexts')
  const { current = null, contexts } = read
  if (current !== null && typeof current !== 'string') throw new Error("'current' is no name")
  const entries = Object.entries(contexts).map(([name, value]) => [name, place(name, value)])
  return { current, contexts: Object.fromEntries(entries) }
}

function place(name: string, value: unknown): Context {
  if (!isObject(value)) throw new Error(`context '${name}' is no place`)
  const said = FIELDS.flatMap((field) => {
    const it = value[field]
    if (it !== undefined && typeof it !== 'string')
      throw new Error(`'${field}' of '${name}' is no text`)
    return it === undefined ? [] : [[field, it]]
  })
  return Object.fromEntries(said)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unreadable = (file: string, why: string): MillraceError =>
  new MillraceError({
    code: 'CONTEXTS_UNREADABLE',
    what: `contexts cannot be read: ${why}`,
    where: file,
    hint: 'Mend the file, or remove it and add them again',
  })
