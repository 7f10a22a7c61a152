// millrace tell, millrace ask: mail to a keyed actor, wherever its task runs.

import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { ReplyDocument } from '../admin/documents.ts'
import { shown } from '../admin/values.ts'
import { timeMs } from './options.ts'
import { printJson, printLine, printNote } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'

interface AskOptions extends TargetOptions {
  readonly timeout: string
}

const EXAMPLES = `
Keys and messages are text, numbers or JSON, as the actor's serdes ask.

Examples:
  millrace tell cart k1 '{"add":"book"}'
  millrace ask cart k1 '{"total":true}'
  millrace ask cart k1 '{"total":true}' --timeout 20s --json`

export function addMail(program: Command): void {
  withHost(program.command('tell'))
    .argument('<actor>')
    .argument('<key>')
    .argument('<message>')
    .description('send a message to a keyed actor')
    .addHelpText('after', EXAMPLES)
    .action(tell)
  withHost(program.command('ask'))
    .argument('<actor>')
    .argument('<key>')
    .argument('<message>')
    .description('send a message to a keyed actor and print its answer')
    .option('--timeout <time>', 'how long to wait for the answer', '5s')
    .addHelpText('after', EXAMPLES)
    .action(ask)
}

async function tell(
  actor: string,
  key: string,
  message: string,
  options: TargetOptions,
): Promise<void> {
  const { door } = await findHost(options)
  const document = await askAdmin<ReplyDocument>(door, '/v1/mail', { actor, key, message })
  if (options.json) printJson(document)
  else printNote(`told ${actor} ${key}`)
}

async function ask(
  actor: string,
  key: string,
  message: string,
  options: AskOptions,
): Promise<void> {
  const timeoutMs = timeMs('--timeout', options.timeout)
  const { door } = await findHost(options)
  const mail = { actor, key, message, timeoutMs }
  const document = await askAdmin<ReplyDocument>(door, '/v1/mail', mail)
  if (options.json) printJson(document)
  else printLine(shown(document.reply))
}
