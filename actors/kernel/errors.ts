// What can go wrong with a message, as the one who sent it reads it.

import { MillraceError } from '#protocols/core/errors'

export const actorDead = (path: string): MillraceError =>
  new MillraceError({ code: 'ACTOR_DEAD', what: `actor ${path} is dead` })

export const mailboxFull = (path: string): MillraceError =>
  new MillraceError({
    code: 'MAILBOX_FULL',
    what: `the mailbox of actor ${path} is full`,
    retry: 'soon',
  })

export const askTimeout = (path: string, ms: number): MillraceError =>
  new MillraceError({
    code: 'ASK_TIMEOUT',
    what: `actor ${path} did not answer within ${ms} ms`,
    retry: 'soon',
  })
