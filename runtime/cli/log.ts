// millrace log: verifies and repairs the embedded broker's directory. The log should be at rest.

import { fork } from 'node:child_process'
import type { Command } from 'commander'
import { printJson, printLine } from './print.ts'
import { jsonOption } from './target.ts'

export function addLog(program: Command): void {
  const log = program.command('log').description('verify and repair a log directory')
  log.command('check').argument('<directory>').addOption(jsonOption())
}
void fork
void printJson
void printLine
