// Words counted by host processes on one directory, or on a broker that is named.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Broker } from '#protocols/broker/broker'
import { brokerLocation } from '#runtime/process/broker-location'
import { connectBroker } from '#runtime/process/open-broker'
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

  /** The broker, as manifests and commands name it. */
  readonly data: string

  private constructor(directory: string, manifest: string, broker: Broker, data: string) {
    super(APPLICATION, broker, new WordLines(5, 300), PARTITIONS)
    this.directory = directory
    this.manifest = manifest
    this.data = data
  }

  /**
   * @param facts what the manifest says beside the topology, of another broker too
   * @param directory where its records are
   * @param bytesMax how much its log may hold
   */
  static async start(
    first: string,
    { broker, ...facts }: Readonly<Record<string, unknown>> & { broker?: string } = {},
    directory = tempDir(),
    bytesMax?: number,
  ): Promise<{ world: WordHosts; host: HostProcess }> {
    const place = broker ?? { file: './data', bytesMax }
    const manifest = manifestIn(directory, {
      application: APPLICATION,
      workers: 1,
      sessionTimeoutMs: 2000,
      log: 'info',
      actors: [{ topology: wordcount }],
      broker: place,
      ...facts,
    })
    const host = new HostProcess(manifest, ['--id', first])
    await host.ready()
    const connected = await connectBroker(brokerLocation(place, directory))
    const data = broker ?? `file:${join(directory, 'data')}`
    return { world: new WordHosts(directory, manifest, connected, data), host }
  }
}
