// The guide, run: each chapter in a folder of its own, its blocks in order. Files are written, programs
// must end with 0, and commands must print what is written below them (`...` stands for anything).

import { spawn } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { COMMAND } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'

const NEVER_MS = 240_000
const here = new URL('.', import.meta.url)
const root = fileURLToPath(new URL('../../', import.meta.url))
const TSX = `--import ${import.meta.resolve('tsx')}`

interface Block {
  readonly language: string
  readonly text: string
  readonly line: number
}

function blocksOf(chapter: string): Block[] {
  const text = readFileSync(new URL(chapter, here), 'utf8')
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((found) => ({
    language: found[1] ?? '',
    text: found[2] ?? '',
    line: text.slice(0, found.index).split('\n').length,
  }))
}

/** What readers install beside it. */
const BESIDE = ['@opentelemetry', 'protobufjs', 'xstate', 'zod']

/** A folder in which `millrace` can be imported and run. */
function folder(): string {
  const directory = tempDir()
  mkdirSync(join(directory, 'node_modules'))
  mkdirSync(join(directory, 'bin'))
  symlinkSync(root, join(directory, 'node_modules/millrace'), 'dir')
  for (const name of BESIDE) {
    symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name), 'dir')
  }
  const command = join(directory, 'bin/millrace')
  const script = `exec '${process.execPath}' '${COMMAND}' "$@"`
  writeFileSync(command, `#!/bin/sh\n${script}\n`)
  chmodSync(command, 0o755)
  return directory
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a script in a shell; ends what it left in the background when it is done. */
async function shell(directory: string, script: string): Promise<Ended> {
  const PATH = `${join(directory, 'bin')}:${process.env['PATH']}`
  const env = { ...process.env, PATH }
  const child = spawn('/bin/sh', ['-c', script], {
    cwd: directory,
    env,
    stdio: 'pipe',
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk)
    })
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    return { code: await within(NEVER_MS, script, closed), output }
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
}

async function runProgram(directory: string, { text, line }: Block): Promise<void> {
  const file = join(directory, `line-${line}.mts`)
  writeFileSync(file, text)
  const { code, output } = await shell(directory, `'${process.execPath}' ${TSX} '${file}'`)
  assert.is(code, 0, `line ${line}: ${output}`)
}

const DONE = '---- done'

/**
 * Commands and what they print. One that ends with & is a host: it is waited for by its first line,
 * and told to end when the block is over.
 */
async function runCommands(directory: string, { text, line }: Block): Promise<void> {
  const script: string[] = ['hosts=""', "trap 'kill $hosts 2> /dev/null; wait' EXIT"]
  const expected: string[] = []
  for (const written of text.trimEnd().split('\n')) {
    if (!written.startsWith('$ ')) expected.push(written)
    else if (written.endsWith('&')) {
      script.push('rm -f host.log', written.slice(2), 'hosts="$hosts $!"')
      script.push('until [ -s host.log ]; do kill -0 $! || exit 9; sleep 0.1; done')
    } else {
      script.push(written.slice(2))
    }
  }
  script.push(`echo '${DONE}'`)
  const { output } = await shell(directory, script.join('\n'))
  const [printed = '', rest] = output.split(`${DONE}\n`)
  assert.is.not(rest, undefined, `line ${line}: ${output}`)
  const lines = printed.trimEnd().split('\n')
  for (const [n, want] of expected.entries()) {
    const pattern = want.split('...').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    assert.match(lines[n] ?? '', new RegExp(`^${pattern.join('.*')}$`), `line ${line}: ${output}`)
  }
  assert.is(lines.length, expected.length, `line ${line}: ${output}`)
}

async function runBlock(directory: string, block: Block): Promise<void> {
  const { language, text } = block
  const named = /^(?:\/\/|#) file: (\S+)\n/.exec(text)
  if (language === 'json') {
    const { file, ...content } = JSON.parse(text)
    writeFileSync(join(directory, file), JSON.stringify(content))
  } else if (named !== null) writeFileSync(join(directory, named[1] ?? ''), text)
  else if (language === 'ts') await runProgram(directory, block)
  else if (language === 'sh') await runCommands(directory, block)
  else assert.unreachable(`a block of '${language}' is not run`)
}

const chapters = readdirSync(here).filter((name) => /^\d\d-.*\.md$/.test(name))

for (const chapter of chapters) {
  test(`chapter ${chapter} does what it says`, async () => {
    const directory = folder()
    for (const block of blocksOf(chapter)) await runBlock(directory, block)
  })
}

test('the guide lists every chapter', () => {
  const text = readFileSync(new URL('README.md', here), 'utf8')
  for (const chapter of chapters) assert.match(text, `(${chapter})`)
})

test.run()
