// millrace context: names for places to speak to, kept in the user's own configuration.

import { resolve } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import { brokerLocation, isNats } from '../process/broker-location.ts'
import { refuseWords } from './closest.ts'
import { agreed, type ConsentOptions, notDone, withConsent } from './consent.ts'
import {
  type Context,
  contextFile,
  contextNamed,
  readContexts,
  writeContexts,
} from './context-file.ts'
import type { ContextsDocument, PlaceDocument } from './documents.ts'
import { optionInvalid } from './options.ts'
import type { Place } from './place.ts'
import { printJson, printLine, printTable } from './print.ts'
import { jsonOption, placeNow, type TargetOptions } from './target.ts'

type AddOptions = Context & { readonly use?: boolean; readonly json?: boolean }

const NAME = /^[\w.-]{1,64}$/

const EXAMPLES = `
A context is a name for a broker or a manifest, and if you like an application and a host to ask. What is
nearest wins: --broker and --manifest, then --context, MILLRACE_BROKER, MILLRACE_CONTEXT, ./millrace.yaml,
and last the context in use. --app and --host win over those of a context.

They are kept in $XDG_CONFIG_HOME/millrace/contexts.json (~/.config without), for you alone: a broker may
hold a password.

Examples:
  millrace context add prod --broker nats://ann:secret@nats:4222 --app orders
  millrace context add here --manifest ./millrace.yaml --use
  millrace status --context prod
  MILLRACE_CONTEXT=prod millrace tasks
  millrace context use prod           where nothing nearer is named
  millrace context show               what commands speak to here, and why
  millrace context remove prod --yes`

export function addContext(program: Command): void {
  const context = program
    .command('context')
    .description('named places to speak to: list, add, use, show, remove')
    .addHelpText('after', EXAMPLES)
  const command = (words: string, description: string): Command =>
    context
      .command(words)
      .description(description)
      .addOption(jsonOption())
      .addHelpText('after', EXAMPLES)
  context
    .command('list', { isDefault: true })
    .description('all contexts')
    .addOption(jsonOption())
    .allowExcessArguments(true)
    .addHelpText('after', EXAMPLES)
    .action(list)
  command('add', 'name a place, or name it anew')
    .argument('<name>')
    .option('-b, --broker <location>', 'file:DIRECTORY or nats://HOST:PORT')
    .option('-m, --manifest <file>', 'manifest that names the broker')
    .option('-a, --app <name>', 'application')
    .option('--host <id>', 'host to ask')
    .option('--use', 'and use it')
    .action(add)
  command('use', 'speak to it where nothing nearer is named')
    .argument('[name]', 'none: use no context')
    .action(use)
  command('show', 'one context, or what commands speak to here').argument('[name]').action(show)
  withConsent(command('remove', 'forget a name')).argument('<name>').action(remove)
}

async function list(options: TargetOptions, command: Command): Promise<void> {
  refuseWords(command)
  const document = documentOf()
  if (options.json) return printJson(document)
  await printTable(
    ['', 'CONTEXT', 'PLACE', 'APP', 'HOST'],
    document.contexts.map(({ name, isCurrent, broker, manifest, app, host }) => [
      ...[isCurrent ? '*' : '', name, broker ?? manifest ?? '-', app ?? '-', host ?? '-'],
    ]),
  )
}

function documentOf(): ContextsDocument {
  const { current, contexts } = readContexts()
  const names = Object.keys(contexts).sort()
  return {
    file: contextFile(),
    contexts: names.map((name) => {
      return { name, isCurrent: name === current, ...withoutSecret(contexts[name] ?? {}) }
    }),
  }
}

/** A password is for the server, not for screens. */
export const withoutSecret = <T extends Context>(context: T): T =>
  context.broker === undefined
    ? context
    : { ...context, broker: context.broker.replaceAll(/(\/\/|,)[^/@,]*@/g, '$1***@') }

async function add(name: string, options: AddOptions): Promise<void> {
  const { broker, manifest, app, host, use: isUsed = false } = options
  if (!NAME.test(name))
    throw optionInvalid(`a context has letters, digits, . _ and -, not '${name}'`)
  if (broker === undefined && manifest === undefined) {
    throw optionInvalid('a context is a place: say its --broker or its --manifest')
  }
  const context: Context = {
    ...(broker === undefined ? {} : { broker: anywhere(broker) }),
    ...(manifest === undefined ? {} : { manifest: resolve(manifest) }),
    ...(app === undefined ? {} : { app }),
    ...(host === undefined ? {} : { host }),
  }
  const before = readContexts()
  const isNew = !Object.hasOwn(before.contexts, name)
  writeContexts({
    current: isUsed ? name : before.current,
    contexts: { ...before.contexts, [name]: context },
  })
  if (options.json) return printJson({ name, ...withoutSecret(context), isCurrent: isUsed })
  printLine(
    `${name} is ${isNew ? 'a context' : 'another place'} now${isUsed ? ', and in use' : ''}`,
  )
}

/** A broker as it is named from anywhere. */
function anywhere(broker: string): string {
  const location = brokerLocation(broker, process.cwd())
  return isNats(location) ? broker : `file:${location.directory}`
}

async function use(name: string | undefined, options: TargetOptions): Promise<void> {
  const before = readContexts()
  if (name !== undefined) contextNamed(name, before)
  writeContexts({ ...before, current: name ?? null })
  if (options.json) return printJson({ current: name ?? null })
  printLine(name === undefined ? 'no context is in use' : `${name} is in use`)
}

async function show(name: string | undefined, options: TargetOptions): Promise<void> {
  const place: Place =
    name === undefined
      ? placeNow({})
      : { ...contextNamed(name, readContexts()), source: `context ${name}` }
  const { source, broker, manifest, app, host } = withoutSecret(place)
  const isHere = source === 'the manifest here'
  const document: PlaceDocument = {
    source,
    broker: broker ?? null,
    manifest: manifest ?? (isHere ? resolve('millrace.yaml') : null),
    app: app ?? null,
    host: host ?? null,
  }
  if (options.json) return printJson(document)
  for (const [field, value] of Object.entries(document))
    printLine(`${field.padEnd(10)}${value ?? '-'}`)
}

async function remove(name: string, options: ConsentOptions): Promise<void> {
  const before = readContexts()
  contextNamed(name, before)
  const isAgreed = await agreed([`would forget context ${name}`], options)
  if (isAgreed) {
    const { [name]: _gone, ...contexts } = before.contexts
    writeContexts({ current: before.current === name ? null : before.current, contexts })
  }
  if (options.json) printJson({ name, isDone: isAgreed })
  else if (isAgreed) printLine(`${name} is no context any more`)
  if (!isAgreed) throw notDone()
}
