// Scripts for shells: each is asked as a person asks it, where it is at hand, and each holds every command.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addCompletion, completion, placesOf } from '../../../runtime/cli/completion.ts'
import { addRebalance } from '../../../runtime/cli/rebalance.ts'
import { addTasks } from '../../../runtime/cli/tasks.ts'
import { hasPseudoTerminal, PseudoTerminal } from '../../kit/pseudo-terminal.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const program = new Command('millrace').version('1', '-V, --version')
for (const add of [addTasks, addRebalance, addCompletion]) add(program)

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completion(program, 'bash')}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', 'millrace', ...words], {
    encoding: 'utf8',
  })
  assert.is(stderr, '')
  return stdout.split('\n').filter((line) => line !== '')
}

test('bash completes commands, the commands inside them, and their options', () => {
  assert.equal(offered('ta'), ['tasks', 'task'])
  assert.equal(offered('tasks', 'm'), ['move'])
  assert.equal(offered('tasks', 'move', '--to'), ['--topology', '--to'])
  assert.equal(offered('rebalance', ''), [
    ...[
      'show',
      ...['explain', 'history', 'simulate'],
      'freeze',
      'unfreeze',
      '--broker',
      '--manifest',
      '--context',
      '--json',
      '--app',
      '--watch',
      '--help',
    ],
  ])
  assert.equal(offered('--v'), ['--version'])
})

test('bash completes options of what a command does when nothing is said', () => {
  assert.equal(offered('tasks', '--wa'), ['--watch'])
})

test('a command is completed by its other names as by its own', () => {
  assert.equal(offered('task', 'mo'), ['move'])
  assert.equal(offered('task', 'susp'), ['suspend'])
  assert.equal(offered('task', 'suspend', '--rea'), ['--reason'])
})

test('the value of an option is no command, and is left to names of files', () => {
  assert.equal(offered('tasks', '--app', 'move', 'm'), ['move'])
  assert.equal(offered('tasks', 'move', '--to', 't'), [])
  assert.equal(offered('tasks', '-m', ''), [])
})

test('bash registers it for the command', () => {
  const script = `${completion(program, 'bash')}\ncomplete -p millrace`
  const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.is(stdout, 'complete -o default -F _millrace millrace\n')
})

const hasFish = has('fish')
const inFish = hasFish ? test : test.skip
if (!hasFish) process.stdout.write('completion: fish is not there, its law was not run\n')
const hasZsh = has('zsh') && hasPseudoTerminal()
const inZsh = hasZsh ? test : test.skip
if (!hasZsh) {
  process.stdout.write('completion: zsh or script is not there, the law of zsh was not run\n')
}

function has(shell: string): boolean {
  return spawnSync(shell, ['--version']).status === 0
}

/** A directory with a file that could be meant, and no other one. */
function withFile(): string {
  const directory = tempDir()
  writeFileSync(join(directory, 'movie.yaml'), '')
  return directory
}

inFish('fish offers the same, and files where a value is to come', () => {
  const cwd = withFile()
  const offers = (line: string): string[] => {
    const script = `${completion(program, 'fish')}\ncomplete -C '${line}'`
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
      ...{ cwd, encoding: 'utf8' },
      env: { ...process.env, HOME: cwd },
    })
    assert.is(stderr, '')
    return stdout.split('\n').flatMap((it) => it.split('\t')[0] || [])
  }
  assert.equal(offers('millrace ta'), ['task', 'tasks'])
  assert.equal(offers('millrace tasks mo'), ['move'])
  assert.equal(offers('millrace tasks move --to'), ['--to', '--topology'])
  assert.equal(offers('millrace task susp'), ['suspend'])
  assert.equal(offers('millrace --v'), ['--version'])
  assert.equal(offers('millrace tasks --app move mo'), ['move'])
  assert.equal(offers('millrace tasks -m mo'), ['movie.yaml'])
  assert.equal(offers('millrace tasks move --to mo'), ['movie.yaml'])
})

inZsh('zsh completes the same as it is typed, and files where a value is to come', async () => {
  const cwd = withFile()
  writeFileSync(join(cwd, '_millrace'), completion(program, 'zsh'))
  const read = {
    eval: 'compinit -u -D; eval "$(cat _millrace)"',
    folder: 'fpath=($PWD $fpath); compinit -u -D',
  }
  for (const [how, setUp] of Object.entries(read)) {
    writeFileSync(
      join(cwd, '.zshrc'),
      `PS1='> '; autoload -Uz compinit; ${setUp}; echo ${how}-read\n`,
    )
    const terminal = new PseudoTerminal('zsh -d -i', { cwd, env: { ZDOTDIR: cwd } })
    await terminal.until('it read the script', new RegExp(`${how}-read\n> `))
    for (const [typed, becomes] of [
      ['millrace tas\t', 'millrace task'],
      ['millrace tasks mo\t', 'millrace tasks move '],
      ['millrace task susp\t', 'millrace task suspend '],
      ['millrace --ver\t', 'millrace --version '],
      ['millrace tasks --app move mo\t', 'millrace tasks --app move move '],
      ['millrace tasks -m mo\t', 'millrace tasks -m movie.yaml '],
      ['millrace tasks move --to mo\t', 'millrace tasks move --to movie.yaml '],
    ] as const) {
      // What is typed behind it shows where the cursor was left.
      terminal.type(`${typed}#`)
      await terminal.until(becomes, new RegExp(`^> ${becomes}#`, 'm'))
      terminal.type('\u0015')
      await terminal.until('the line is empty', /^> *$/m)
    }
    terminal.type('exit\r')
    assert.is(await terminal.ended, 0)
  }
})

test('every command is in the scripts of the other shells, once, with what it does', () => {
  const paths = placesOf(program).flatMap(({ path }) => (path === '' ? [] : [path]))
  assert.ok(paths.includes('/tasks/move'))
  const fish = completion(program, 'fish').split('\n')
  const zsh = completion(program, 'zsh')
  for (const path of paths) {
    const at = path.slice(0, path.lastIndexOf('/'))
    const start = `complete -c millrace -n '__millrace_at "${at}"' -f -a '${path.slice(at.length + 1)}' -d '`
    assert.is(fish.filter((line) => line.startsWith(start)).length, 1, path)
    assert.ok(zsh.includes(`    '${path}') found=`), path)
  }
  assert.match(zsh, /^#compdef millrace\n/)
})

test.run()
