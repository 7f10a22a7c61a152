// The LMDB engine keeps the promises of every engine, in each durability, and between handles.

import { type Durability, openLmdb } from '#stores/engine/lmdb'
import { engineContract } from '../../contracts/engine.ts'
import { tempDir } from '../../kit/temp-dir.ts'

for (const durability of ['fsync', 'os', 'rebuildable'] satisfies Durability[]) {
  const kind = durability === 'rebuildable' ? 'store' : 'log'
  const open = (directory: string) => openLmdb({ directory, kind, durability })
  const directories = new WeakMap<object, string>()
  engineContract(`lmdb, ${durability}`, {
    make: () => {
      const directory = tempDir()
      const engine = open(directory)
      directories.set(engine, directory)
      return engine
    },
    another: (engine) => open(directories.get(engine) ?? ''),
    runs: 30,
  })
}
