// millrace doctor: what can be wrong with a machine, a manifest, a broker and a group, looked at one after
// the other, with what to do. It changes nothing.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { Command } from 'commander'
import type { Broker } from '#protocols/broker/broker'
import { isMillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { StatusDocument } from '../admin/documents.ts'
import { type BrokerLocation, isNats } from '../process/broker-location.ts'
import {
  attempted,
  type Check,
  checkDisk,
  checkFiles,
  checkGroup,
  checkNode,
  refused,
  skipped,
  well,
} from '../process/checkup.ts'
import type { GroupLook } from '../process/group-look.ts'
import type { DoctorDocument } from './documents.ts'
import { printJson, printLine, printTable } from './print.ts'
import {
  findHost,
  lookAtGroup,
  manifestOfTarget,
  placeNow,
  type Target,
  type TargetOptions,
  targetOf,
  withApplication,
  withBrokerOf,
} from './target.ts'

const EXAMPLES = `
Exits with 3 when something is wrong. A notice is what may be meant so, or will be trouble. Records and
indexes of an embedded broker are proved by: millrace log check.

Examples:
  millrace doctor
  millrace doctor --manifest deploy/millrace.yaml
  millrace doctor --broker nats://127.0.0.1:4222 --app wordcount --json`

export function addDoctor(program: Command): void {
  withApplication(program.command('doctor'))
    .description('look for what is wrong: machine, manifest, broker, group')
    .addHelpText('after', EXAMPLES)
    .action(doctor)
}

async function doctor(options: TargetOptions): Promise<void> {
  const checks = [
    checkNode(process.versions.node),
    checkFiles(filesMax()),
    await checkManifest(options),
    ...(await checkBroker(options)),
  ]
  const document: DoctorDocument = {
    isWell: checks.every(({ result }) => result !== 'wrong'),
    checks,
  }
  if (options.json) printJson(document)
  else {
    const rows = checks.map(({ name, result, what }) => [name, result, what.split('\n')[0]])
    await printTable(['CHECK', 'RESULT', ''], rows)
    for (const { name, hint } of checks) if (hint !== null) printLine(`${name}: ${hint}`)
  }
  if (!document.isWell) process.exitCode = 3
}

/** Linux says; elsewhere it is not known. */
function filesMax(): number | null {
  const file = '/proc/self/limits'
  if (!existsSync(file)) return null
  const found = /^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8'))
  return found === null ? null : Number(found[1])
}

async function checkManifest(options: TargetOptions): Promise<Check> {
  const file = manifestOfTarget(options)
  if (file === null) return skipped('manifest', 'there is none here')
  return attempted('manifest', async () => {
    const { readManifest } = await import('../manifest/read-manifest.ts')
    const { loadDefinitions } = await import('../manifest/load-definitions.ts')
    const { manifest, directory } = await readManifest(file)
    const found: string[] = []
    for (const { topology, actor } of manifest.actors) {
      const definitions = await loadDefinitions(resolve(directory, topology ?? actor ?? ''))
      found.push(...definitions.map(({ name }) => name))
    }
    return `${manifest.application}: ${found.join(', ')}`
  })
}

async function checkBroker(options: TargetOptions): Promise<readonly Check[]> {
  try {
    const target = await targetOf(options)
    const { location } = target
    const disk = isNats(location) ? [] : [await diskOf(location)]
    return await withBrokerOf(target, async (broker) => {
      const topics = await broker.topics.list()
      const where = isNats(location) ? location.nats.servers.join(', ') : location.directory
      const open = well('broker', `${where}, ${topics.length} topics`)
      return [open, ...disk, ...(await checkApplication(broker, target, options))]
    })
  } catch (thrown) {
    return [refused('broker', thrown)]
  }
}

async function diskOf({ directory }: BrokerLocation): Promise<Check> {
  const { bavail, blocks, bsize } = await statfs(directory)
  return checkDisk('disk', bavail * bsize, blocks * bsize)
}

async function checkApplication(
  broker: Broker,
  target: Target,
  options: TargetOptions,
): Promise<readonly Check[]> {
  const group = await groupOf(broker, target, options)
  if ('result' in group) return [group]
  const { application, members } = group
  const [{ readEvents }, { resetKey }, { decodeResetMark }] = await Promise.all([
    import('../events/read-events.ts'),
    import('#protocols/messages/membership'),
    import('#protocols/messages/reset-mark'),
  ])
  const { isGone } = await import('../process/neighbours.ts')
  const { orphansIn } = await import('../process/orphans.ts')
  const reset = await broker.keys.get(resetKey(application))
  const told = new Map<string, number>()
  for (const { host, atMs } of await readEvents(broker, application)) {
    if (host !== null) told.set(host, Math.max(told.get(host) ?? 0, atMs))
  }
  const orphans = (await orphansIn(broker)).filter((it) => it.application === application)
  const gone = await Promise.all(members.map(async (it) => ((await isGone(it)) ? [it.id] : [])))
  return checkGroup({
    ...{ group, told, gone: gone.flat(), silent: await silentIn(options, application) },
    reset: reset === null ? null : decodeResetMark(reset.value).topology,
    orphans: orphans.map(({ name }) => name),
    stateOf: hostsWithState(target.state, application),
    nowMs: Date.now(),
  })
}

/** An application that nobody named, or of which nothing is there yet, is no fault. */
async function groupOf(
  broker: Broker,
  target: Target,
  options: TargetOptions,
): Promise<GroupLook | Check> {
  try {
    return await lookAtGroup(broker, target)
  } catch (thrown) {
    const isNone =
      placeNow(options).app === undefined &&
      (isMillraceError(thrown, 'APPLICATION_UNKNOWN') || isMillraceError(thrown, 'HOST_AWAY'))
    return isNone ? skipped('group', 'no host has run here') : refused('group', thrown)
  }
}

/** As a host says that answers; where none does, those that are gone tell why. */
async function silentIn(options: TargetOptions, app: string): Promise<readonly string[]> {
  try {
    const { door } = await findHost({ ...options, app })
    const { unanswered } = await askAdmin<StatusDocument>(door, '/v1/status')
    return unanswered.map(({ host }) => host)
  } catch (thrown) {
    if (isMillraceError(thrown, 'HOST_AWAY')) return []
    throw thrown
  }
}

function hostsWithState(root: string, application: string): readonly string[] {
  const own = join(root, application)
  return existsSync(own) ? readdirSync(own) : []
}
