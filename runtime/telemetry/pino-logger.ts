// The logging port on pino: JSON lines, one per event of a life, to standard error, so that standard
// output stays free for what commands answer.

import pino, { type Logger as Pino } from 'pino'
import { meansActor } from '#actors/kernel/meant'
import { LOG_LEVELS, type LogFacts, type Logger, type LogLevel } from '#protocols/core/log'

/** What is written: the level, and that of actors which have one of their own. */
export interface LogLevels {
  readonly level: LogLevel
  /** Of two that mean one actor the later one holds. */
  readonly actors: readonly ActorLevel[]
}

export interface ActorLevel {
  /** In a word of `meansActor`; a task is meant by its id as well. */
  readonly actor: string
  readonly level: LogLevel
}

/** A logger whose levels can be changed. */
export interface LeveledLogger extends Logger {
  levels: LogLevels
}

/** @param level events below it are not written; default `info` */
export function pinoLogger(level: LogLevel = 'info', bindings: object = {}): LeveledLogger {
  // Synchronous, so that the last lines before an exit are not lost.
  const destination = pino.destination({ dest: 2, sync: true })
  return leveled(pino({ level, base: bindings }, destination), level)
}

/** @param lines a logger of pino at that level */
export function leveled(lines: Pick<Pino, LogLevel | 'level'>, level: LogLevel): LeveledLogger {
  const { log } = over(lines)
  let levels: LogLevels = { level, actors: [] }
  let rules: readonly { means(path: string): boolean; readonly level: LogLevel }[] = []
  const levelOf = (facts: LogFacts): LogLevel => {
    const names = [facts['actor'], facts['task']].filter((it) => typeof it === 'string')
    return rules.find(({ means }) => names.some(means))?.level ?? levels.level
  }
  return {
    log(at, code, message, facts = {}) {
      if (rules.length === 0 || rank(at) >= rank(levelOf(facts))) log(at, code, message, facts)
    },
    get levels() {
      return levels
    },
    set levels(next) {
      levels = next
      rules = next.actors.map((it) => ({ means: meansActor(it.actor), level: it.level })).reverse()
      const all = [next, ...next.actors].map((it) => it.level)
      lines.level = LOG_LEVELS.find((it) => all.includes(it)) ?? next.level
    },
  }
}

const rank = (level: LogLevel): number => LOG_LEVELS.indexOf(level)

/** Any logger with pino's methods can be used instead. */
export function over(logger: Pick<Pino, LogLevel>): Logger {
  return {
    log(level, code, message, facts) {
      logger[level]({ code, ...facts }, message)
    },
  }
}
