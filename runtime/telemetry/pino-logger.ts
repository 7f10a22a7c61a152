// The logging port on pino: JSON lines, one per event of a life, to standard error, so that standard
// output stays free for what commands answer.

import { createRequire } from 'node:module'
import type { Logger as Pino } from 'pino'
import { LOG_LEVELS, type Logger, type LogLevel } from '#protocols/core/log'

/** Loaded with the first line: a thread of workers hardly ever has one to say when it begins. */
const library = (): typeof import('pino') => createRequire(import.meta.url)('pino')

/** A logger whose level can be changed. */
export interface LeveledLogger extends Logger {
  level: LogLevel
}

/** @param level events below it are not written; default `info` */
export function pinoLogger(level: LogLevel = 'info', bindings: object = {}): LeveledLogger {
  let least = level
  let lines: Logger | null = null
  return {
    log(at, code, message, facts) {
      if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(least)) return
      lines ??= over(linesWith(bindings))
      lines.log(at, code, message, facts)
    },
    get level() {
      return least
    },
    set level(next) {
      least = next
    },
  }
}

/** Of every level: which ones are written was decided before. */
function linesWith(bindings: object): Pino {
  const { pino, destination } = library()
  // Synchronous, so that the last lines before an exit are not lost.
  return pino({ level: 'debug', base: bindings }, destination({ dest: 2, sync: true }))
}

/** Any logger with pino's methods can be used instead. */
export function over(logger: Pick<Pino, LogLevel>): Logger {
  return {
    log(level, code, message, facts) {
      logger[level]({ code, ...facts }, message)
    },
  }
}
