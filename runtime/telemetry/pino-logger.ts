// The logging port on pino: JSON lines, one per event of a life, to standard error, so that standard
// output stays free for what commands answer.

import pino, { type Logger as Pino } from 'pino'
import type { Logger, LogLevel } from '#protocols/core/log'

/** A logger whose level can be changed. */
export interface LeveledLogger extends Logger {
  level: LogLevel
}

/** @param level events below it are not written; default `info` */
export function pinoLogger(level: LogLevel = 'info', bindings: object = {}): LeveledLogger {
  // Synchronous, so that the last lines before an exit are not lost.
  const destination = pino.destination({ dest: 2, sync: true })
  const lines = pino({ level, base: bindings }, destination)
  return {
    ...over(lines),
    get level() {
      return lines.level as LogLevel // set to nothing else
    },
    set level(next) {
      lines.level = next
    },
  }
}

/** Any logger with pino's methods can be used instead. */
export function over(logger: Pick<Pino, LogLevel>): Logger {
  return {
    log(level, code, message, facts) {
      logger[level]({ code, ...facts }, message)
    },
  }
}
