// millrace quarantine: keys of actors whose behavior threw, and how they go on.

import type { Command } from 'commander'
import { askAdmin } from '../admin/admin-client.ts'
import type { QuarantineDocument } from '../admin/documents.ts'
import { shown } from '../admin/values.ts'
import { refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import { type DeedOptions, signature, withReason } from './deed.ts'
import { age, printJson, printLine, printTable } from './print.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'

const EXAMPLES = `
A key whose behavior threw waits here, and what comes for it after that waits behind it, in order; the
actor's other keys go on.

Examples:
  millrace quarantine                   who waits, and why
  millrace quarantine show cart k1      the message it failed at
  millrace quarantine retry cart k1 --yes    again, from that message
  millrace quarantine skip cart k1      what that would lose; exits with 2, since nothing was done
  millrace quarantine skip cart k1 --yes`

interface GiveOptions extends DeedOptions, ConsentOptions {}

export function addQuarantine(program: Command): void {
  const quarantine = program
    .command('quarantine')
    .description('keys of actors that failed: list, show, retry, skip')
    .addHelpText('after', EXAMPLES)
  withHost(quarantine.command('ls', { isDefault: true }))
    .description('all keys in quarantine')
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  withHost(quarantine.command('show'))
    .argument('<actor>')
    .argument('<key>')
    .description('the message a key failed at')
    .addHelpText('after', EXAMPLES)
    .action(show)
  for (const order of ['retry', 'skip'] as const) {
    withReason(withConsent(withHost(quarantine.command(order))))
      .argument('<actor>')
      .argument('<key>')
      .description(order === 'retry' ? 'begin again at that message' : 'go on after that message')
      .addHelpText('after', EXAMPLES)
      .action((actor: string, key: string, options: GiveOptions) =>
        give(actor, key, order, options),
      )
  }
}

async function list(options: TargetOptions, command: Command): Promise<void> {
  refuseWords(command)
  const document = await load(options)
  if (options.json) return printJson(document)
  const now = Date.now()
  const rows = document.keys.map(({ actor, key, error, atMs, waiting }) => [
    ...[actor, shown(key), waiting, age(now - atMs)],
    error.slice(0, 60),
  ])
  await printTable(['ACTOR', 'KEY', 'WAITING', 'SINCE', 'ERROR'], rows)
}

async function show(actor: string, key: string, options: TargetOptions): Promise<void> {
  const { keys } = await load(options)
  const found = keys.filter((row) => row.actor === actor && shown(row.key) === key)
  if (options.json) return printJson({ keys: found })
  for (const row of found) {
    printLine(`${actor} ${key}: ${row.error}`)
    printLine(`message: ${shown(row.message)}`)
    printLine(`${row.waiting} wait behind it`)
  }
  if (found.length === 0) printLine(`key '${key}' of ${actor} is not in quarantine`)
}

async function load(options: TargetOptions): Promise<QuarantineDocument> {
  const { door } = await findHost(options)
  return askAdmin<QuarantineDocument>(door, '/v1/quarantine')
}

async function give(
  actor: string,
  key: string,
  order: 'retry' | 'skip',
  options: GiveOptions,
): Promise<void> {
  const what = order === 'retry' ? 'begin again at' : 'pass over, for good,'
  const isDone = await agreed([`would ${what} the message that ${actor} ${key} failed at`], options)
  if (!isDone) {
    if (options.json) printJson({ actor, key, order, isDone })
    throw notDone()
  }
  const { door } = await findHost(options)
  await askAdmin(door, '/v1/quarantine', { actor, key, order, ...signature(options) })
  if (options.json) printJson({ actor, key, order, isDone })
  else printLine(`told ${actor} ${key} to ${order}`)
}
