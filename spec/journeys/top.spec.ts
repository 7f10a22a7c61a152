// millrace top in a real pseudo-terminal, against real hosts: what a person sees, types and is left with.
// And --watch, which is what there is where no terminal is.

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { COMMAND, HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { hasPseudoTerminal, PseudoTerminal } from '../kit/pseudo-terminal.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 60_000
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))
const directory = tempDir()
const manifest = manifestIn(directory, {
  ...{ application: 'words', workers: 1, partitions: 2, log: 'error', sessionTimeoutMs: 2000 },
  actors: [{ topology: wordcount }],
})
const one = new HostProcess(manifest, ['--id', 'one'])
await one.ready()

/** Top in a shell that says what it found when it was over. */
const MILLRACE = `'${process.execPath}' '${COMMAND}'`
const AFTERWARDS =
  'echo "ended with $?"; stty -a | tr ";" "\\n" | grep -ow -e icanon -e echo -e isig; echo over'
const opened = (env: Readonly<Record<string, string>> = {}): PseudoTerminal =>
  new PseudoTerminal(`echo before; ${MILLRACE} top; ${AFTERWARDS}`, { cwd: directory, env })

const inTerminal = hasPseudoTerminal() ? test : test.skip
if (!hasPseudoTerminal()) process.stdout.write('top: skipped, there is no script of util-linux\n')

/** What was there before is there again, the cursor too, and lines are edited as ever. */
async function assertRestored(terminal: PseudoTerminal, code: number, said = ''): Promise<void> {
  const screen = await terminal.until('the shell goes on', /^over$/m)
  assert.match(screen, new RegExp(`^before\n${said}ended with ${code}\n`))
  for (const flag of ['icanon', 'echo', 'isig']) assert.match(screen, new RegExp(`^${flag}$`, 'm'))
  assert.is(terminal.isOtherScreen, false)
  for (const [on, off] of [
    ['\u001b[?25h', '\u001b[?25l'],
    ['\u001b[?7h', '\u001b[?7l'],
  ]) {
    assert.ok(terminal.written.lastIndexOf(on ?? '') > terminal.written.lastIndexOf(off ?? ''))
  }
  await within(NEVER_MS, 'the terminal closes', terminal.ended)
}

inTerminal(
  'hosts, tasks, tree, moves, stores, errors and events are a key away, and q gives the terminal back',
  async () => {
    const terminal = opened()
    await terminal.until('the host', /^ words +(well|! NOT WELL)[\s\S]*\n> one +active, leads/)
    assert.is(terminal.isOtherScreen, true)
    await terminal.until('all is well', /^ words +well +placement \d+ +coordinator one/)
    terminal.type('2')
    await terminal.until('tasks', /\[2 Tasks\][\s\S]*wordcount\/lines\/1 +active +running/)
    terminal.type('/counts/1\r')
    const filtered = await terminal.until('one task', /1\/1 of those with 'counts\/1'/)
    assert.match(filtered, /> wordcount\/counts\/1 /)
    assert.not.match(filtered, 'wordcount/lines')
    terminal.type('\r')
    await terminal.until('everything of it', /positions\[0\]\.topic +words\.wordcount\.counts/)
    terminal.type('q')
    await terminal.until('the list again', /\n> wordcount\/counts\/1 /)
    terminal.type('3')
    await terminal.until('the tree', /└─ coordinator[\s\S]*one\/worker-0/)
    terminal.type('4')
    await terminal.until('moves', /Nothing moves/)
    terminal.type('5')
    await terminal.until('stores', /counts +wordcount\/counts\/0 +active +one +\d/)
    terminal.type('6')
    await terminal.until('errors', /No task has failed/)
    terminal.type('7')
    await terminal.until('events', /TASKS_PLACED +one +placement \d/)
    terminal.type('\t?')
    await terminal.until('help', /Keys[\s\S]*freeze the screen/)
    terminal.type('qq')
    await assertRestored(terminal, 0)
  },
)

inTerminal('records that come are seen as they come', async () => {
  const terminal = opened()
  await terminal.until('the host', /> one +active/)
  await millrace(['produce', 'lines'], 'to be or\nnot to be\n', directory)
  terminal.type('2')
  await terminal.until(
    'what was taken in',
    /wordcount\/lines\/\d +active +running\S* +one +\d+ +\S+ +[1-9]/,
  )
  terminal.type('\u0003')
  await assertRestored(terminal, 0)
})

inTerminal('an order is given from the screen, after a question', async () => {
  const terminal = opened()
  await terminal.until('the host', /> one +active/)
  terminal.type('2')
  await terminal.until('tasks', /> wordcount\/counts\/0 +active +running/)
  terminal.type('p')
  await terminal.until('the question', /pause wordcount\/counts\/0\? y\/n/)
  terminal.type('y')
  await terminal.until('it is paused', /> *~ *wordcount\/counts\/0 +active +paused/)
  terminal.type('u')
  await terminal.until('another question', /resume wordcount\/counts\/0\? y\/n/)
  terminal.type('y')
  await terminal.until('it runs', /> +wordcount\/counts\/0 +active +running/)
  terminal.type('q')
  await assertRestored(terminal, 0)
})

inTerminal(
  'a task is put into quarantine and reset from the screen, and the head names the alert meanwhile',
  async () => {
    const terminal = opened()
    await terminal.until('the host', /> one +active/)
    terminal.type('2')
    await terminal.until('tasks', /> wordcount\/counts\/0 +active +running/)
    terminal.type('Q')
    await terminal.until('the question', /quarantine wordcount\/counts\/0\? y\/n/)
    terminal.type('n')
    await terminal.until('nothing came of it', /> +wordcount\/counts\/0 +active +running/)
    terminal.type('Q')
    await terminal.until('the question again', /quarantine wordcount\/counts\/0\? y\/n/)
    terminal.type('y')
    await terminal.until('it waits', /> *! *wordcount\/counts\/0 +active +quarantined/)
    await terminal.until('the alert', /^ ! 1 task quarantined; MillraceTaskQuarantined/m)
    terminal.type('R')
    await terminal.until('another question', /reset wordcount\/counts\/0\? y\/n/)
    terminal.type('y')
    await terminal.until('it runs', /> +wordcount\/counts\/0 +active +running/)
    terminal.type('q')
    await assertRestored(terminal, 0)
  },
)

inTerminal(
  'a host is drained and let take part again from the screen, after questions',
  async () => {
    const terminal = opened()
    await terminal.until('the host', /> one +active/)
    terminal.type('d')
    await terminal.until('the question', /drain one\? y\/n/)
    terminal.type('y')
    await terminal.until('it drains', /> *~ *one +draining/)
    terminal.type('d')
    await terminal.until('another question', /undrain one\? y\/n/)
    terminal.type('y')
    await terminal.until('it takes part', /> +one +active/)
    terminal.type('7')
    await terminal.until('both are told', /UNDRAIN [\s\S]*DRAIN /)
    terminal.type('q')
    await assertRestored(terminal, 0)
  },
)

inTerminal('a task is moved and a host fenced from the screen, after questions', async () => {
  const two = new HostProcess(manifest, ['--id', 'two'])
  await two.ready()
  const terminal = opened()
  await terminal.until('both hosts', /> one +active[\s\S]* two +active/)
  terminal.type('2/lines/1\rm')
  await terminal.until('where it is to go', /move wordcount\/lines\/1 to _ +> (one|two)/)
  terminal.type('\r')
  const question = /move wordcount\/lines\/1 to (one|two)\? y\/n/
  const [, to] = question.exec(await terminal.until('the question', question)) ?? []
  terminal.type('y')
  await terminal.until('it is there', new RegExp(`wordcount/lines/1 +active +running\\S* +${to}`))
  terminal.type('1/two\r')
  await terminal.until('the host', /> two +active/)
  terminal.type('f')
  await terminal.until('another question', /fence two\? y\/n/)
  terminal.type('y')
  await terminal.until('it is as good as gone', /> *~ *two +fenced/)
  terminal.type('f')
  await terminal.until('a third one', /unfence two\? y\/n/)
  terminal.type('y')
  await terminal.until('it takes part', /> +two +active/)
  terminal.type('q')
  await assertRestored(terminal, 0)
  await two.signal('SIGTERM')
})

inTerminal(
  'a window that changes its size is filled, and colours are left out where asked',
  async () => {
    const terminal = opened({ NO_COLOR: '1' })
    await terminal.until('the host', /> one +active/)
    terminal.resize(120, 30)
    await terminal.until('the foot at the new end', (screen) => {
      const lines = screen.split('\n')
      return lines.length === 30 && /\? help/.test(lines[29] ?? '') && /WORKERS +PID/.test(screen)
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
    assert.not.match(terminal.written, /\u001b\[[0-9;]*;?3[0-9]m/)
    terminal.resize(40, 10)
    await terminal.until('the foot of a small one', (screen) => /\n 1\/1 {2}\? help/.test(screen))
    terminal.type('q')
    await within(NEVER_MS, 'the terminal closes', terminal.ended)
  },
)

inTerminal('SIGTERM gives the terminal back', async () => {
  const pidFile = join(directory, 'pid')
  const line = `sh -c 'echo $$ > ${pidFile}; exec "$0" "$@"' ${MILLRACE} top`
  const terminal = new PseudoTerminal(`echo before; ${line}; ${AFTERWARDS}`, { cwd: directory })
  await terminal.until('the host', /> one +active/)
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM')
  await assertRestored(terminal, 143)
})

inTerminal('a crash gives the terminal back before it says what happened', async () => {
  // As a module would that throws where nobody waits for it, once there is something on the screen.
  const bug = join(directory, 'bug.mjs')
  writeFileSync(
    bug,
    `import process from 'node:process'
    const { write } = process.stdout
    process.stdout.write = function (text, ...rest) {
      if (String(text).includes('one')) setImmediate(() => { throw new Error('a bug') })
      return write.call(this, text, ...rest)
    }`,
  )
  const shell = `${MILLRACE.replace(' ', ` --import '${bug}' `)} top`
  const terminal = new PseudoTerminal(
    `echo before; ${shell}; ${AFTERWARDS}`,
    { cwd: directory },
    { columns: 200, rows: 60 },
  )
  await assertRestored(terminal, 1, '[\\s\\S]*Error: a bug\\n[\\s\\S]*')
  assert.match(terminal.written, '\u001b[?1049h')
})

inTerminal(
  'a host that is killed is said to be gone, and another one goes on answering',
  async () => {
    const two = new HostProcess(manifest, ['--id', 'two'])
    await two.ready()
    const terminal = opened()
    await terminal.until('both hosts', /one +active[\s\S]*two +active/)
    await one.signal('SIGKILL')
    await terminal.until('the other one leads, alone', (screen) => {
      return (
        /^ words +well/.test(screen) && /two +active, leads/.test(screen) && !/ one /.test(screen)
      )
    })
    await two.signal('SIGKILL')
    await terminal.until('nobody answers', /! \d+ (s|min) old: /)
    // What was seen last is there still.
    assert.match(terminal.screen.join('\n'), /two +active/)
    terminal.type('q')
    await assertRestored(terminal, 0)
  },
)

test('without a terminal there are snapshots, an empty line between them, or lines of JSON', async () => {
  const host = new HostProcess(manifest, ['--id', 'three'])
  await host.ready()
  const snapshot = /^words: \d+ tasks .*, lag \d+$/
  for (const args of [['top'], ['status', '--watch=0.2']]) {
    const lines = await linesOf(args, (seen) => seen.filter((it) => snapshot.test(it)).length >= 2)
    const second = lines.findLastIndex((line) => snapshot.test(line))
    assert.is(lines[second - 1], '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
    assert.not.match(lines.join('\n'), /\u001b/)
  }
  const json = await linesOf(['tasks', '--json', '--watch=0.2'], (seen) => seen.length >= 2)
  for (const line of json.slice(0, 2)) assert.ok(Array.isArray(JSON.parse(line).tasks))
  for (const command of ['lag', 'stores', 'hosts', 'rebalance', 'topics']) {
    const twice = await linesOf([command, '--json', '-w', '0.2'], (seen) => seen.length >= 2)
    assert.equal(Object.keys(JSON.parse(twice[1] ?? '')), Object.keys(JSON.parse(twice[0] ?? '')))
  }
  const tree = await linesOf(
    ['tree', '-w', '0.2'],
    (seen) => seen.filter((it) => it === 'three').length >= 2,
  )
  assert.ok(tree.includes(''))
  await host.signal('SIGTERM')
})

inTerminal('on a terminal, --watch draws over what it drew', async () => {
  const host = new HostProcess(manifest, ['--id', 'four'])
  await host.ready()
  const line = `${MILLRACE} tasks --watch=0.2`
  const terminal = new PseudoTerminal(line, { cwd: directory })
  const first = await terminal.until('tasks', /^TASK +ROLE[\s\S]*(\d\d:\d\d:\d\d), Ctrl-C ends it/)
  const time = /\d\d:\d\d:\d\d/.exec(first)?.[0] ?? ''
  await terminal.until(
    'a later look',
    (screen) => /^TASK +ROLE/.test(screen) && !screen.includes(time),
  )
  assert.is(terminal.screen.filter((it) => it.startsWith('TASK')).length, 1)
  terminal.type('\u0003')
  await within(NEVER_MS, 'it ends', terminal.ended)
  await host.signal('SIGTERM')
})

test('seconds that are none are refused, and so is an exit code of what does not end', async () => {
  const wrong = await millrace(['status', '--watch=soon'], '', directory)
  assert.match(wrong.stderr, /--watch takes seconds.*'soon' \[OPTION_INVALID\]/)
  assert.is(wrong.code, 2)
  const both = await millrace(['status', '--watch', '--exit-code'], '', directory)
  assert.match(both.stderr, "cannot be used with option '-w, --watch")
  assert.is(both.code, 2)
})

/** What a command prints until that is enough. */
async function linesOf(
  args: readonly string[],
  isEnough: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    ...{ cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  const lines: string[] = []
  const enough = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      if (isEnough(lines)) resolve()
    })
    child.once('exit', () => reject(new Error(`${args.join(' ')} ended:\n${lines.join('\n')}`)))
  })
  try {
    await within(NEVER_MS, args.join(' '), enough)
  } finally {
    child.kill('SIGKILL')
  }
  return lines
}

// Where no law killed it.
test.after(async () => {
  const { exitCode, signalCode } = one.child
  if (exitCode === null && signalCode === null) await one.signal('SIGTERM')
})

test.run()
