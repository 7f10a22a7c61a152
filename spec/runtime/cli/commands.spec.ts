// A command line loads the command that it says, and all of them only when it says none.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandsFor, commandWords } from '../../../runtime/cli/commands.ts'
import { loadedWith } from '../../kit/loaded-with.ts'

async function programFor(...words: readonly string[]): Promise<Command> {
  const program = new Command('millrace')
  for (const add of await commandsFor(words)) add(program)
  return program
}

async function namesFor(...words: readonly string[]): Promise<readonly string[]> {
  const program = await programFor(...words)
  return program.commands.flatMap((it) => [it.name(), ...it.aliases()])
}

test('a word that begins a command loads what answers to it, and nothing else', async () => {
  for (const word of commandWords()) {
    if (word === 'completion') continue
    const names = await namesFor(word)
    assert.ok(names.includes(word), word)
    assert.ok(names.length <= 2, `${word} loads ${names}`)
  }
})

test('what is no command, and what is about all of them, loads them all', async () => {
  const all = [...commandWords()].sort()
  assert.equal([...(await namesFor())].sort(), all)
  for (const word of ['--help', 'help', 'statsu', 'completion', 'toString']) {
    assert.equal([...(await namesFor(word))].sort(), all, word)
  }
})

test('a host that is started loads none of its verbs; what may be one, or asks for them, loads them', async () => {
  const file = fileURLToPath(new URL('../../../package.json', import.meta.url))
  const verbsFor = async (...words: readonly string[]): Promise<number> => {
    const [host] = (await programFor('host', ...words)).commands
    return host?.commands.length ?? 0
  }
  for (const words of [[], ['run'], ['run', 'none.yaml'], [file], [file, '--json']]) {
    assert.is(await verbsFor(...words), 1, words.join(' '))
  }
  for (const words of [['--help'], [file, '-h'], ['drain', 'two'], ['drian'], ['none.yaml']]) {
    assert.is(await verbsFor(...words), 6, words.join(' '))
  }
})

test('before it runs a command brings the parser of command lines, and no package more', () => {
  const source = readFileSync(new URL('../../../runtime/cli/commands.ts', import.meta.url), 'utf8')
  const files = [...source.matchAll(/import\('\.\/([\w-]+\.ts)'\)/g)].map(([, file]) => file ?? '')
  assert.ok(files.length > 30)
  for (const file of ['millrace.ts', ...files]) {
    assert.equal([...loadedWith(`runtime/cli/${file}`).packages], ['commander'], file)
  }
})

test.run()
