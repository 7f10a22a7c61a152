// What may be said when a host starts, and what is refused of it before anything is opened or
// created. A manifest is held to the same bounds by its schema, which can name the line.

import { MillraceError } from '#protocols/core/errors'
import { LOG_LEVELS, type Logger, type LogLevel } from '#protocols/core/log'
import type { HttpOptions } from '../admin/http-server.ts'
import type { BrokerOption } from './broker-location.ts'
import { definitionsOf, moduleNeeded, type Registered } from './running-host.ts'
import type { StandbyOptions } from './standby-settings.ts'
import type { TaskOptions } from './task-settings.ts'
import { WORKERS_MAX } from './thread-nursery.ts'

export interface HostOptions extends TaskOptions, StandbyOptions {
  /** Groups the hosts that share work; part of the names of internal topics and of state. */
  readonly application: string
  /** `file:` and a directory, relative to the working directory. */
  readonly broker: BrokerOption
  /** Topologies, or modules that export some. Threads need modules. */
  readonly actors?: readonly Registered[] | undefined
  /** Names this host for good; default: the machine's name and the first free number. */
  readonly id?: string | undefined
  /** Directory of task state; default: in the broker's directory. */
  readonly state?: string | undefined
  /** Threads that run tasks; default 0: they run in this thread. */
  readonly workers?: number | undefined
  /** How much this host takes of the work, beside the others: twice as many tasks with 2. Default 1. */
  readonly capacity?: number | undefined
  /**
   * What it shares with hosts that may fail together with it: a rack, a data centre. Copies of a task
   * are kept in other zones, where there are some. Default: it shares nothing.
   */
  readonly zone?: string | undefined
  /** Of your program, so that `millrace upgrade` can say which host runs which; default: none. */
  readonly version?: string | undefined
  /** Partitions of topics that do not say; default 4. */
  readonly partitions?: number | undefined
  /** Go on although a topology lost a store that it had, or moved one. Default false. */
  readonly acceptPlan?: boolean | undefined
  /** A host that was silent this long is taken for dead, ms; default 10,000. */
  readonly sessionTimeoutMs?: number | undefined
  /** Metrics and the admin API over HTTP: a port, 0 for any, or more; default: none. */
  readonly http?: number | HttpOptions | undefined
  /** A level for JSON lines on standard error, or where to log. Default `warn`. */
  readonly log?: LogLevel | Logger | undefined
}

/** One that is short can be guessed. */
export const TOKEN_LENGTH_MIN = 16

const VERSION = /^[a-zA-Z0-9._+-]{1,100}$/
const NAME = /^(?!\.+$)[a-zA-Z0-9._-]{1,100}$/

/** @throws MillraceError OPTION_INVALID */
export function checkOptions(options: HostOptions): void {
  const { application, id, zone, workers, partitions, sessionTimeoutMs } = options
  checkName('application', application)
  if (id !== undefined) checkName('host id', id)
  if (zone !== undefined) checkName('zone', zone)
  checkVersion(options.version)
  checkCapacity(options.capacity)
  checkWord('guarantee', options.guarantee, ['exactly-once', 'at-least-once'])
  checkWord('compression', options.compression, ['none', 'gzip'])
  if (typeof options.log === 'string') checkWord('log', options.log, LOG_LEVELS)
  checkWhole('workers', workers, 0, WORKERS_MAX)
  checkWhole('partitions', partitions, 1, 1024)
  checkWhole('sessionTimeoutMs', sessionTimeoutMs, 500, 600_000)
  checkWhole('commitIntervalMs', options.commitIntervalMs, 1, 60_000)
  checkWhole('sealIntervalMs', options.sealIntervalMs, 1, 3_600_000)
  checkWhole('snapshotBytes', options.snapshotBytes, 0, Number.MAX_SAFE_INTEGER)
  checkWhole('standbys', options.standbys, 0, 16)
  checkWhole('acceptableLag', options.acceptableLag, 0, 1_000_000_000)
  checkWhole('warmups', options.warmups, 1, 1000)
  checkWhole('handOverMs', options.handOverMs, 0, 600_000)
  checkHttp(options.http)
}

/**
 * Loads and plans what is to be registered, so that what is wrong with it is said while there is
 * nothing to undo yet.
 * @throws MillraceError MODULE_NEEDED, MODULE_MISSING, MODULE_BROKEN, MODULE_EMPTY, NAME_TAKEN
 */
export async function checkActors({ actors, application, workers }: HostOptions): Promise<void> {
  const names = new Set<string>()
  for (const actor of actors ?? []) {
    if (typeof actor === 'object' && 'kind' in actor && (workers ?? 0) > 0) throw moduleNeeded()
    for (const definition of await definitionsOf(actor)) {
      if (names.has(definition.name)) throw namedTwice(definition.name, actor)
      names.add(definition.name)
      definition.plan(application)
    }
  }
}

/** A module is named once, whatever it exports; most often it stands there twice. */
const namedTwice = (name: string, actor: Registered): MillraceError =>
  new MillraceError({
    code: 'NAME_TAKEN',
    what: `'${name}' comes twice among the actors`,
    where: typeof actor === 'string' || actor instanceof URL ? String(actor) : undefined,
    hint: 'Name each module once: all topologies and actors that it exports are run. Else give one of them another name',
  })

function checkHttp(http: HostOptions['http']): void {
  const { port, token } = typeof http === 'object' ? http : { port: http, token: undefined }
  checkWhole('http', port, 0, 65_535)
  if (token !== undefined && token.length < TOKEN_LENGTH_MIN) {
    throw optionInvalid(`the token of 'http' has fewer than ${TOKEN_LENGTH_MIN} characters`)
  }
}

function checkName(what: string, name: string): void {
  if (NAME.test(name)) return
  throw optionInvalid(`'${name}' cannot be the ${what}`, 'It takes a-z A-Z 0-9 . _ -, at most 100')
}

function checkVersion(version: string | undefined): void {
  if (version === undefined || VERSION.test(version)) return
  throw optionInvalid(
    `'${version}' cannot be the version`,
    'It takes a-z A-Z 0-9 . _ + -, at most 100',
  )
}

function checkWhole(what: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return
  throw optionInvalid(`${what} takes a whole number from ${min} to ${max}, not ${value}`)
}

/** For programs without types, where a word that is misspelt would stand for the default, or for nothing. */
function checkWord(what: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return
  throw optionInvalid(`${what} cannot be '${value}'`, `It takes ${known.join(', ')}`)
}

function checkCapacity(capacity: number | undefined): void {
  if (capacity === undefined || (capacity >= 0.01 && capacity <= 1000)) return
  throw optionInvalid(`capacity takes a number from 0.01 to 1000, not ${capacity}`)
}

const optionInvalid = (what: string, hint?: string): MillraceError =>
  new MillraceError({ code: 'OPTION_INVALID', what, hint })
