// The logging port on pino: JSON lines, one per event of a life, to standard error, so that standard
// output stays free for what commands answer.

import pino, { type Logger as Pino } from 'pino'
import type { Logger, LogLevel } from '#protocols/core/log'

/** @param level events below it are not written; default `info` */
export function pinoLogger(level: LogLevel = 'info', bindings: object = {}): Logger {
  // Synchronous, so that the last lines before an exit are not lost.
  const destination = pino.destination({ dest: 2, sync: true })
  return over(pino({ level, base: bindings }, destination))
}

/** Any logger with pino's methods can be used instead. */
export function over(logger: Pick<Pino, LogLevel>): Logger {
  return {
    log(level, code, message, facts) {
      logger[level]({ code, ...facts }, message)
    },
  }
}
