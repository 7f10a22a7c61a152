// A group of which no host runs: only its documents are there, for commands that need no more.

import {
  assignmentKey,
  encodeDocument,
  hostKey,
  type Member,
  type Placement,
  planKey,
  shapeKey,
  type Wishes,
  wishesKey,
  wishesOf,
} from '#protocols/messages/membership'
import {
  decodePlanShape,
  encodePlanShape,
  marksOf,
  type PlanShape,
  wholeMark,
} from '#protocols/messages/plan-shape'
import { brokerLocation } from '#runtime/process/broker-location'
import { openBroker } from '#runtime/process/open-broker'
import { memberOf } from '../actors/host/host-world.ts'
import { millrace, type Ran } from './host-process.ts'
import { tempDir } from './temp-dir.ts'

const APPLICATION = 'app'

export class GroupOnPaper {
  readonly #directory = tempDir()
  readonly broker = openBroker(brokerLocation('file:.', this.#directory))

  async join(id: string, facts: Partial<Member>): Promise<void> {
    await this.broker.keys.put(hostKey(APPLICATION, id), encodeDocument(memberOf(id, facts)))
  }

  /** @param facts what differs from everything being granted to its target */
  async place(
    target: Readonly<Record<string, string>>,
    facts: Partial<Placement> = {},
  ): Promise<void> {
    const placement = { version: 1, target, granted: target, standbys: {}, ...facts }
    await this.broker.keys.put(assignmentKey(APPLICATION), encodeDocument(placement))
  }

  /** Keeps a shape as the active one, or as one that waits to be. */
  async keep(shape: PlanShape, state: 'active' | 'waiting'): Promise<void> {
    const { topology } = shape
    const key =
      state === 'active'
        ? planKey(APPLICATION, topology)
        : shapeKey(APPLICATION, topology, wholeMark(marksOf(shape)))
    await this.broker.keys.put(key, encodePlanShape(shape))
  }

  async active(topology: string): Promise<PlanShape | null> {
    const found = await this.broker.keys.get(planKey(APPLICATION, topology))
    return found === null ? null : decodePlanShape(found.value)
  }

  async wish(wishes: Wishes): Promise<void> {
    await this.broker.keys.put(wishesKey(APPLICATION), encodeDocument(wishes))
  }

  async wishes(): Promise<Wishes> {
    return wishesOf(await this.broker.keys.get(wishesKey(APPLICATION)))
  }

  /** Runs a command, of words without blanks. */
  run(line: string): Promise<Ran> {
    return millrace([...line.split(' '), '--broker', `file:${this.#directory}`])
  }

  /** What a command printed that ended well. */
  async done(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line)
    if (code !== 0) throw new Error(`${line} ended with ${code}: ${stderr}`)
    return stdout.trim()
  }

  close(): Promise<void> {
    return this.broker.close()
  }
}
