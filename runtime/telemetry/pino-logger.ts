// The logging port on pino: JSON lines, one per event of a life, to standard error, so that standard
// output stays free for what commands answer.

import { createRequire } from 'node:module'
import type { Logger as Pino } from 'pino'
import { meansActor } from '#actors/kernel/meant'
import { LOG_LEVELS, type LogFacts, type Logger, type LogLevel } from '#protocols/core/log'

/** Loaded with the first line: a thread of workers hardly ever has one to say when it begins. */
const library = (): typeof import('pino') => createRequire(import.meta.url)('pino')

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
  let lines: Logger | null = null
  const lazily: Logger = {
    log(at, code, message, facts) {
      lines ??= over(linesWith(bindings))
      lines.log(at, code, message, facts)
    },
  }
  return leveled(lazily, level)
}

/** @param lines writes what is let through */
export function leveled(lines: Logger, level: LogLevel): LeveledLogger {
  let levels: LogLevels = { level, actors: [] }
  let rules: readonly { means(path: string): boolean; readonly level: LogLevel }[] = []
  const levelOf = (facts: LogFacts): LogLevel => {
    if (rules.length === 0) return levels.level
    const names = [facts['actor'], facts['task']].filter((it) => typeof it === 'string')
    return rules.find(({ means }) => names.some(means))?.level ?? levels.level
  }
  return {
    log(at, code, message, facts = {}) {
      if (rank(at) >= rank(levelOf(facts))) lines.log(at, code, message, facts)
    },
    get levels() {
      return levels
    },
    set levels(next) {
      levels = next
      rules = next.actors.map((it) => ({ means: meansActor(it.actor), level: it.level })).reverse()
    },
  }
}

/** Of every level: which ones are written was decided before. */
function linesWith(bindings: object): Pino {
  const { pino, destination } = library()
  // Synchronous, so that the last lines before an exit are not lost.
  return pino({ level: 'debug', base: bindings }, destination({ dest: 2, sync: true }))
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
