// Words counted by host processes on one directory.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { HostProcess, manifestIn } from '../kit/host-process.ts'
import { tempDir } from '../kit/temp-dir.ts'
import { WordGroup } from '../kit/word-group.ts'
import { WordLines } from '../kit/word-lines.ts'

const PARTITIONS = 4
export const APPLICATION = 'words'
const wordcount = fileURLToPath(new URL('../examples/wordcount/wordcount.ts', import.meta.url))

export class WordHosts extends WordGroup {
  readonly directory: string
  readonly manifest: string

  private constructor(directory: string, manifest: string, bytesMax: number | undefined) {
    const broker = openBroker(brokerLocation({ file: 'data', bytesMax }, directory))
    super(APPLICATION, broker, new WordLines(5, 300), PARTITIONS)
    this.directory = directory
    this.manifest = manifest
  }

  /**
   * @param facts what the manifest says beside the topology
   * @param directory where its records are
   * @param bytesMax how much its log may hold
   */
  static async start(
    first: string,
    facts: Readonly<Record<string, unknown>> = {},
    directory = tempDir(),
    bytesMax?: number,
  ): Promise<{ world: WordHosts; host: HostProcess }> {
    const manifest = manifestIn(directory, {
      application: APPLICATION,
      workers: 1,
      sessionTimeoutMs: 2000,
      log: 'info',
      actors: [{ topology: wordcount }],
      broker: { file: './data', bytesMax },
      ...facts,
    })
    const host = new HostProcess(manifest, ['--id', first])
    await host.ready()
    return { world: new WordHosts(directory, manifest, bytesMax), host }
  }

  get data(): string {
    return `file:${join(this.directory, 'data')}`
  }
}
