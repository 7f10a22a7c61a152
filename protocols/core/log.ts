// The logging port. One line per event of a life (a start, a claim, a fence), never per record.
// `code` is a stable name such as TASK_FENCED; operators grep for it, so it never changes meaning.

/** From what is said the most to what is said the least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export type LogFacts = Readonly<Record<string, unknown>>

export interface Logger {
  log(level: LogLevel, code: string, message: string, facts?: LogFacts): void
}

export const silent: Logger = { log() {} }
