// Scripts for shells: bash is asked as a person asks it, and the others hold every command.

import { spawnSync } from 'node:child_process'
import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addCompletion, completion, placesOf } from '../../../runtime/cli/completion.ts'
import { addRebalance } from '../../../runtime/cli/rebalance.ts'
import { addTasks } from '../../../runtime/cli/tasks.ts'

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
      'freeze',
      'unfreeze',
      '--broker',
      '--manifest',
      '--context',
      '--json',
      '--app',
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
