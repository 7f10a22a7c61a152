// What a command shows of a host, once or again and again: with --watch a terminal is redrawn, and
// anything else gets one snapshot after another, an empty line between them, or a line of JSON each.

import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { isMillraceError, type MillraceError } from '#protocols/core/errors'
import type { Unanswered } from '../admin/documents.ts'
import { MAP_NOTE } from './from-map.ts'
import { optionInvalid } from './options.ts'
import { printJson, printLine, printNote } from './print.ts'
import { type TargetOptions, withHost } from './target.ts'

export interface WatchOptions extends TargetOptions {
  readonly watch?: string | true
}

export interface Shown {
  readonly document: object
  readonly lines: readonly string[]
  /** Notes about the answer, not part of it. */
  readonly notes: readonly string[]
}

const EVERY_S = 2
/** The top, and from there on nothing: what was there is drawn over, not flashed away. */
const HOME = '\u001b[H'
const TO_LINE_END = '\u001b[K'
const TO_END = '\u001b[J'

export const notesOn = (document: { readonly unanswered: readonly Unanswered[] }): string[] =>
  document.unanswered.map(({ host, error }) => `host ${host} did not answer: ${error}`)

interface Parted {
  readonly unanswered?: readonly Unanswered[]
}

/** Exit code of an answer in which hosts are missing; what a command judges by itself comes after it. */
export function markPartial({ unanswered = [] }: Parted): void {
  if (unanswered.length > 0) process.exitCode = 5
}

/** Options of commands that show a host and may go on doing so. */
export const withWatch = (command: Command): Command => withHost(command).addOption(watchOption())

export const watchOption = (): Option =>
  new Option('-w, --watch [seconds]', `look again and again (every ${EVERY_S} seconds)`)

/**
 * Shows what `look` sees; with --watch until the process ends. A host that does not answer later is
 * said and asked again.
 * @throws MillraceError OPTION_INVALID; what the first look throws
 */
export async function show<T extends Shown>(
  options: WatchOptions,
  look: () => Promise<T>,
): Promise<T> {
  const everyMs = intervalMs(options.watch)
  const first = await look()
  if (everyMs === null) {
    print(first, options.json === true)
    const isOfHosts = !first.notes.includes(MAP_NOTE)
    if (isOfHosts) markPartial(first.document as Parted) // those that are made of what several hosts say
    return first
  }
  const isScreen = process.stdout.isTTY && options.json !== true
  if (isScreen) process.stdout.write(`${HOME}${TO_END}`)
  for (let shown: Shown = first, isFirst = true; ; isFirst = false) {
    if (isScreen) redraw(shown)
    else {
      if (!isFirst && options.json !== true) printLine('')
      print(shown, options.json === true)
    }
    await wait(everyMs)
    shown = await again(look, shown)
  }
}

/**
 * Between two looks; null when one is enough.
 * @throws MillraceError OPTION_INVALID
 */
export function intervalMs(watch: string | true | undefined): number | null {
  if (watch === undefined) return null
  if (watch === true) return EVERY_S * 1000
  const seconds = Number(watch)
  const isTime = /^\d+(\.\d+)?$/.test(watch) && seconds >= 0.1 && seconds <= 86_400
  if (isTime) return seconds * 1000
  throw optionInvalid(`--watch takes seconds between two looks, 0.1 to 86400, not '${watch}'`)
}

async function again(look: () => Promise<Shown>, before: Shown): Promise<Shown> {
  try {
    return await look()
  } catch (thrown) {
    if (!isMillraceError(thrown)) throw thrown
    return { ...before, document: { error: facts(thrown) }, lines: [], notes: [thrown.message] }
  }
}

const facts = ({ code, what, where, hint }: MillraceError): unknown => ({ code, what, where, hint })

function print({ document, lines, notes }: Shown, isJson: boolean): void {
  if (isJson) return printJson(document)
  for (const line of lines) printLine(line)
  for (const note of notes) printNote(note)
}

function redraw({ lines, notes }: Shown): void {
  const { columns, rows } = process.stdout
  const time = new Date().toTimeString().slice(0, 8)
  const all = [...lines, ...notes, `${time}, Ctrl-C ends it`]
  // The last line of the screen stays empty, so that nothing scrolls.
  const fitting = all.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, columns))
  const text = fitting.map((line) => `${line}${TO_LINE_END}\n`).join('')
  process.stdout.write(`${HOME}${text}${TO_END}`)
}
