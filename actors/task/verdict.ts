// What an error means for the life of a task. A pure table: the chart decides what follows.

import { isMillraceError } from '#protocols/core/errors'
import type { FailureKind } from './messages.ts'

const BY_CODE: Readonly<Record<string, FailureKind>> = {
  TASK_FENCED: 'fenced',
  STORE_UNTRUSTED: 'untrusted',
  // These say `soon`, because a deployment may mend them; left alone they fail again.
  USER_FUNCTION_FAILED: 'fault',
  RECORD_UNREADABLE: 'fault',
}

export function failureKind(error: Error): FailureKind {
  if (!isMillraceError(error)) return 'fault'
  return BY_CODE[error.code] ?? (error.retry === 'never' ? 'fault' : 'weather')
}
