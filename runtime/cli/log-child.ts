// What `millrace log` does in a child process: `check` or `repair`, and a directory.

import process from 'node:process'
import { factsOf } from '#protocols/core/error-facts'
import { checkLog } from '#stores/log/check-log'
import { repairLog } from '#stores/log/repair-log'
import type { ChildAnswer, ChildProgress } from './in-child.ts'

const [, , work, directory = ''] = process.argv
const run = work === 'repair' ? repairLog : checkLog

let answer: ChildAnswer
try {
  const value = await run(directory, (done, whole) => {
    const progress: ChildProgress = { progress: { done, whole } }
    process.send?.(progress)
  })
  answer = { value }
} catch (thrown) {
  answer = { error: factsOf(thrown) }
}
process.send?.(answer, () => process.disconnect())
