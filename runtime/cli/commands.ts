// The commands by the words that begin them, in the order in which help lists them. Each is loaded when
// it is said, and all of them when what was said is none: for help, completion, and what was meant.

import type { Command } from 'commander'

type Add = (program: Command) => void

/** Given the words that follow. */
type Load = (words: readonly string[]) => Promise<Add>

const COMMANDS: Readonly<Record<string, Load>> = {
  host: async (words) => (await import('./host.ts')).hostFor(words),
  topics: async () => (await import('./topics.ts')).addTopics,
  produce: async () => (await import('./produce.ts')).addProduce,
  consume: async () => (await import('./consume.ts')).addConsume,
  peek: async () => (await import('./peek.ts')).addPeek,
  query: async () => (await import('./query.ts')).addQuery,
  'tell ask': async () => (await import('./mail.ts')).addMail,
  status: async () => (await import('./status.ts')).addStatus,
  hosts: async () => (await import('./hosts.ts')).addHosts,
  'tasks task': async () => (await import('./tasks.ts')).addTasks,
  restore: async () => (await import('./restore.ts')).addRestore,
  rebalance: async () => (await import('./rebalance.ts')).addRebalance,
  upgrade: async () => (await import('./upgrade.ts')).addUpgrade,
  events: async () => (await import('./events.ts')).addEvents,
  errors: async () => (await import('./errors.ts')).addErrors,
  alerts: async () => (await import('./alerts.ts')).addAlerts,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  actors: async () => (await import('./actors.ts')).addActors,
  trace: async () => (await import('./trace.ts')).addTrace,
  deadletters: async () => (await import('./deadletters.ts')).addDeadLetters,
  topology: async () => (await import('./topology.ts')).addTopology,
  tree: async () => (await import('./tree.ts')).addTree,
  top: async () => (await import('./top.ts')).addTop,
  lag: async () => (await import('./lag.ts')).addLag,
  stores: async () => (await import('./stores.ts')).addStores,
  metrics: async () => (await import('./metrics.ts')).addMetrics,
  quarantine: async () => (await import('./quarantine.ts')).addQuarantine,
  dlq: async () => (await import('./dlq.ts')).addDlq,
  reset: async () => (await import('./reset.ts')).addReset,
  log: async () => (await import('./log.ts')).addLog,
  'log-level': async () => (await import('./log-level.ts')).addLogLevel,
  context: async () => (await import('./context.ts')).addContext,
  version: async () => (await import('./version.ts')).addVersion,
  completion: async () => (await import('./completion.ts')).addCompletion,
}

/** Words that are about the others. */
const ABOUT = ['completion', 'help']

/** What is to be added for the words of a command line. */
export function commandsFor([word, ...words]: readonly string[]): Promise<readonly Add[]> {
  const said = Object.keys(COMMANDS).find((words) => words.split(' ').includes(word ?? ''))
  const isOne = said !== undefined && !ABOUT.includes(said)
  const wanted = Object.entries(COMMANDS).filter(([words]) => !isOne || words === said)
  return Promise.all(wanted.map(([, load]) => load(words)))
}

/** Every word that begins a command. */
export const commandWords = (): readonly string[] =>
  Object.keys(COMMANDS).flatMap((words) => words.split(' '))
