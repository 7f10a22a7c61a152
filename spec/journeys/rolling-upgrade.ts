// Three host processes count words under a steady load and are replaced, one by one, by hosts of the next
// version of the program, which does the same in another way, has a store more beside the counts, and a
// sub-topology more. A version that would misread the counts is refused on the way. Every word is counted
// once, and what is new has counted every update once.

import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { StatusDocument, UpgradeDocument } from '#runtime/admin/documents'
import { NEVER_MS } from '../kit/host-group.ts'
import { HostProcess, manifestIn, millrace } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { within } from '../kit/within.ts'
import { storedCounts } from '../kit/word-counts.ts'
import { APPLICATION, WordHosts } from './word-hosts.ts'

const IDS = ['one', 'two', 'three'] as const

/** Lines that come together, and words that may wait to be counted before no more come. */
const LINES = 20
const AHEAD_MAX = 2000

const facts = (version: string) => ({
  ...{ workers: 1, sessionTimeoutMs: 2000, commitIntervalMs: 20, sealIntervalMs: 200 },
  ...{ log: 'info', version },
})

/** A manifest of another program on the same data. */
const manifestOf = (world: WordHosts, version: string, module: string): string =>
  manifestIn(tempDir(), {
    ...{ application: APPLICATION, broker: world.data, ...facts(version) },
    actors: [{ topology: fileURLToPath(new URL(module, import.meta.url)) }],
  })

/** Feeds lines until it is told to stop. */
function feeding(world: WordHosts): () => Promise<void> {
  let isFed = true
  const fed = (async () => {
    while (isFed) {
      world.updates.read()
      if (world.lines.words - world.updates.count < AHEAD_MAX) await world.feed(LINES)
      await new Promise((resolve) => {
        setTimeout(resolve, 10)
      })
    }
  })()
  return () => {
    isFed = false
    return fed
  }
}

/** @param place another broker than that in a directory */
export async function replacedOneByOne(place: { readonly broker?: string } = {}): Promise<void> {
  const { world, host } = await WordHosts.start('one', { ...facts('1'), ...place })
  const hosts = new Map<string, HostProcess>([['one', host]])
  const where = ['--app', APPLICATION, '--broker', world.data]
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await millrace([...args, '--json', ...where])
    assert.is(code, 0, stderr)
    return JSON.parse(stdout) as T // what the command prints
  }
  const start = async (id: string, manifest: string): Promise<void> => {
    const started = new HostProcess(manifest, ['--id', id])
    hosts.set(id, started)
    await started.ready()
    await world.until('it offers what it runs', (_tasks, members) =>
      members.some((it) => it.id === id && it.plans?.['wordcount'] !== undefined),
    )
  }
  const versions = async () =>
    (await json<UpgradeDocument>('upgrade')).versions.map(
      ({ version, hosts, state, supports, tasks }) => [
        ...[version, [...hosts].sort().join(' '), state],
        `${supports} of ${tasks}`,
      ],
    )
  const more = (words: number) =>
    within(NEVER_MS, 'work goes on', world.updates.until(world.updates.count + words))
  const next = manifestOf(world, '2', './words-next.ts')
  let stopped: (() => Promise<void>) | null = null
  try {
    for (const id of ['two', 'three']) await start(id, world.manifest)
    stopped = feeding(world)
    await world.until('all have tasks', (tasks) => new Set(tasks.values()).size === 3)
    await more(300)

    const broken = new HostProcess(manifestOf(world, '1.5', './words-broken.ts'), ['--id', 'four'])
    assert.is(await within(NEVER_MS, 'it is refused', broken.exit), 1)
    assert.match(broken.log.join('\n'), /PLAN_INCOMPATIBLE/)
    await more(300)

    for (const id of IDS) {
      await hosts.get(id)?.signal('SIGTERM')
      assert.is(await hosts.get(id)?.exit, 0)
      await more(300)
      await start(id, next)
      await more(300)
      if (id === 'three') continue
      const rest = id === 'one' ? 'three two' : 'three'
      assert.equal(await versions(), [
        ['1', rest, 'active', '8 of 8'],
        ['2', id === 'one' ? 'one' : 'one two', 'pending', '4 of 8'],
      ])
      const { versions: shown } = await json<StatusDocument>('status')
      assert.is(shown?.length, 2)
    }
    await world.until(
      'what is new began, and all is even',
      (tasks) => tasks.size === 12 && new Set(tasks.values()).size === 3,
    )
    assert.equal(await versions(), [['2', 'one three two', 'active', '12 of 12']])
    await stopped()
    await within(NEVER_MS, 'all is counted', world.updates.until(world.lines.words))
    world.updates.read()
    assert.equal(world.updates.wrong, [])
    assert.equal(world.updates.totals, world.lines.totals)
    assert.equal(await storedCounts(where), world.lines.totals)
    await within(NEVER_MS, 'every update is counted', counted(world, where))

    // Back is an upgrade of its own, and this one would lose what the new stores hold.
    await hosts.get('one')?.signal('SIGTERM')
    const old = new HostProcess(world.manifest, ['--id', 'one'])
    assert.is(await within(NEVER_MS, 'it is refused', old.exit), 1)
    assert.match(old.log.join('\n'), /store 'updates' of 'updates' is gone/)
  } finally {
    await stopped?.()
    for (const it of hosts.values()) it.child.kill('SIGKILL')
    await world.close()
  }
}

/** Until the store that came with the next version has each update once. */
async function counted(world: WordHosts, where: readonly string[]): Promise<void> {
  for (;;) {
    const updates = await storedCounts(where, 'updates')
    const sum = [...updates.values()].reduce((all, count) => all + count, 0)
    if (sum < world.lines.words) continue
    assert.equal(updates, world.lines.totals)
    return
  }
}
