// Several processes on one directory: each sees what the others wrote, is rung for it, and a process
// that is killed in the middle leaves whole transactions and a log that goes on.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkLog } from '#stores/log/check-log'
import { appendTo, Bell, boundsOf, drain, NEVER_MS, readAll } from '../../contracts/broker-kit.ts'
import { tempDir } from '../../kit/temp-dir.ts'
import { typescriptThread } from '../../kit/typescript-thread.ts'
import { within } from '../../kit/within.ts'
import { directoryBroker } from './brokers.ts'

const ROUNDS = 6
const program = new URL('./log-child.ts', import.meta.url)
const script = fileURLToPath(program)

test('two processes on one directory wake one another and see each other', async () => {
  const directory = tempDir()
  const broker = directoryBroker(directory)
  for (const name of ['ping', 'pong']) await broker.topics.ensure({ name, partitions: 1 })
  const child = start('echo', directory)
  await child.line((line) => line === 'ready')
  const bell = new Bell()
  const pong = broker.reader({ topic: 'pong', partition: 0 }, 'earliest', bell.ring)
  for (let i = 0; i < 50; i++) {
    assert.equal(drain(pong), [])
    await broker.producer().append([appendTo('ping', 0, [`k=${i}`])])
    await bell.next()
    assert.equal(drain(pong), [`${i} k=${i}`])
  }
  child.process.stdin?.end()
  assert.is(await child.exit, 0)
  await broker.close()
})

test('a process killed in the middle of an append leaves whole appends only', async () => {
  const directory = tempDir()
  const broker = directoryBroker(directory)
  await broker.topics.ensure({ name: 'pair', partitions: 2 })
  for (let round = 1; round <= ROUNDS; round++) {
    const before = (await boundsOf(broker, 'pair')).next
    const child = start('append', directory, round % 2 === 0 ? 'fsync' : 'os')
    let stored = 0
    await child.line((line) => {
      stored = Number(line.split(' ')[1])
      return stored >= round * 120
    })
    child.process.kill('SIGKILL')
    await child.exit
    const [zero, one] = [readAll(broker, 'pair', 0), readAll(broker, 'pair', 1)]
    assert.equal(zero, one, 'both partitions got the same')
    assert.ok(zero.length >= before + stored, 'what was acknowledged is there')
    assert.is(zero.length % 20, 0, 'batches are whole')
    // And the log goes on, in this process and in the next.
    await broker.producer().append([appendTo('pair', 0, twenty), appendTo('pair', 1, twenty)])
  }
  await broker.close()
  const report = await checkLog(directory)
  assert.equal(report.problems, [])
  assert.is(report.isSound, true)
})

test('threads of one process share a directory as processes do', async () => {
  const directory = tempDir()
  const broker = directoryBroker(directory)
  for (const name of ['ping', 'pong']) await broker.topics.ensure({ name, partitions: 1 })
  const threads = [thread('echo', directory), thread('echo', directory)]
  await Promise.all(threads.map(({ ready }) => ready))
  const bell = new Bell()
  const pong = broker.reader({ topic: 'pong', partition: 0 }, 'earliest', bell.ring)
  const echoed: string[] = []
  for (let i = 0; i < 20; i++) {
    await broker.producer().append([appendTo('ping', 0, [`k=${i}`])])
    while (echoed.length < (i + 1) * threads.length) {
      const found = drain(pong)
      if (found.length === 0) await bell.next()
      echoed.push(...found)
    }
  }
  const values = echoed.map((record) => Number(record.split('=')[1])).sort((a, b) => a - b)
  assert.equal(
    values,
    Array.from({ length: 40 }, (_, i) => Math.floor(i / 2)),
  )
  for (const { worker, exit } of threads) {
    worker.stdin?.end()
    assert.is(await exit, 0)
  }
  await broker.producer().append([appendTo('ping', 0, ['k=after'])])
  await broker.close()
})

function thread(...argv: string[]): {
  worker: Worker
  ready: Promise<void>
  exit: Promise<number>
} {
  const worker = typescriptThread(program.href, { argv, stdin: true, stdout: true })
  const exit = new Promise<number>((resolve) => worker.on('exit', resolve))
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: worker.stdout }).once('line', () => resolve())
    worker.on('error', reject)
  })
  return { worker, ready: within(NEVER_MS, 'a thread', ready), exit }
}

const twenty = Array.from({ length: 20 }, (_, i) => `k${i}=after`)

interface Child {
  readonly process: ChildProcess
  readonly exit: Promise<number | null>
  /** Settles at the first line that is wanted. */
  line(isWanted: (line: string) => boolean): Promise<void>
}

function start(...args: string[]): Child {
  const node = ['--import', 'tsx', '--conditions=source', script, ...args]
  const child = spawn(process.execPath, node, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const lines = createInterface({ input: child.stdout })
  const line = (isWanted: (line: string) => boolean): Promise<void> => {
    const seen = new Promise<void>((resolve, reject) => {
      lines.on('line', (text) => isWanted(text) && resolve())
      void exit.then((code) => reject(new Error(`the child ended with ${code}`)))
    })
    return within(NEVER_MS, `a line of ${args[0]}`, seen)
  }
  return { process: child, exit, line }
}

test.run()
