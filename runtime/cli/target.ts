// What a command speaks to: the broker, and through it a host. Which place that is: place.ts.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { type Command, Option } from 'commander'
import type { Broker, TopicDescription } from '#protocols/broker/broker'
import { MillraceError } from '#protocols/core/errors'
import type { Member } from '#protocols/messages/membership'
import type { Door } from '../admin/admin-client.ts'
import type { readPlace } from '../manifest/read-manifest.ts'
import {
  type BrokerLocation,
  brokerLocation,
  isNats,
  refuseMissing,
  stateOf,
} from '../process/broker-location.ts'
import { applicationsWithDoors, doorsIn, type HostDoor } from '../process/doors.ts'
import type { GroupLook } from '../process/group-look.ts'
import { reachOf, socketHere } from '../process/neighbours.ts'
import { readContexts } from './context-file.ts'
import { type Place, placeOf } from './place.ts'

export interface TargetOptions {
  readonly broker?: string
  readonly manifest?: string
  readonly app?: string
  readonly host?: string
  /** A named place. */
  readonly context?: string
  readonly json?: boolean
}

const MANIFEST = 'millrace.yaml'
/** A command does not wait as long for a server as a host does. */
const WAIT_MS = 5_000

export const jsonOption = (): Option => new Option('--json', 'print JSON')

/** Options of commands that need a broker. */
export const withBroker = (command: Command): Command =>
  command
    .option(
      '-b, --broker <location>',
      'where records are, e.g. file:./data or nats://127.0.0.1:4222',
    )
    .option('-m, --manifest <file>', `manifest that names the broker (default: ./${MANIFEST})`)
    .option('--context <name>', 'place that was named with: millrace context add')
    .addOption(jsonOption())

/** Options of commands about an application, whether hosts of it run or not. */
export const withApplication = (command: Command): Command =>
  withBroker(command).option(
    '-a, --app <name>',
    'application (default: the manifest, or the only one there is)',
  )

/** Options of commands that need a running host. */
export const withHost = (command: Command): Command =>
  withApplication(command).option('--host <id>', 'ask this host (default: any)')

/** What a command speaks to, read once. */
export interface Target {
  readonly location: BrokerLocation
  /** The application that is meant; undefined: the only one there is. */
  readonly application: string | undefined
  /** The host that is to be asked; undefined: any. */
  readonly host: string | undefined
  /** Where hosts keep the state of tasks. */
  readonly state: string
}

/** @throws MillraceError BROKER_UNNAMED, BROKER_UNKNOWN, BROKER_MISSING, and what reading a manifest throws */
export async function targetOf(options: TargetOptions): Promise<Target> {
  const { broker, app, host } = placeNow(options)
  const file = manifestOfTarget(options)
  const read = file === null ? null : await placeIn(file)
  const location =
    broker === undefined
      ? read && brokerLocation(read.manifest.broker, read.directory)
      : brokerLocation(broker, process.cwd())
  if (location === null) throw brokerUnnamed()
  refuseMissing(location)
  const { application, state } = read?.manifest ?? {}
  return {
    ...{ location, application: app ?? application, host },
    state: read && state !== undefined ? resolve(read.directory, state) : stateOf(location),
  }
}

async function placeIn(file: string): ReturnType<typeof readPlace> {
  const { readPlace: read } = await import('../manifest/read-manifest.ts')
  return read(file)
}

/** The place that is meant, as of now. */
export const placeNow = (options: TargetOptions): Place =>
  placeOf(options, {
    env: process.env,
    hasManifest: () => existsSync(MANIFEST),
    contexts: readContexts,
  })

/** Opens the broker for the time of `run`. */
export async function withOpenBroker<T>(
  options: TargetOptions,
  run: (broker: Broker) => Promise<T>,
): Promise<T> {
  return withBrokerOf(await targetOf(options), run)
}

/** The broker of a target that was read already. */
export async function withBrokerOf<T>(
  { location }: Target,
  run: (broker: Broker) => Promise<T>,
): Promise<T> {
  const { connectBroker } = await import('../process/open-broker.ts')
  const broker = await connectBroker(location, { waitMs: WAIT_MS })
  try {
    return await run(broker)
  } finally {
    await broker.close()
  }
}

/**
 * Looks at the application that is meant, over the broker alone, which is open for the time of `run`.
 * @throws MillraceError as `targetOf`; APPLICATION_UNNAMED, APPLICATION_UNKNOWN
 */
export async function withGroup<T>(
  options: TargetOptions,
  run: (group: GroupLook, broker: Broker) => T | Promise<T>,
): Promise<T> {
  const target = await targetOf(options)
  return withBrokerOf(target, async (broker) => run(await lookAtGroup(broker, target), broker))
}

/** @throws MillraceError TOPIC_UNKNOWN, with the topics there are */
export async function topicOf(broker: Broker, name: string): Promise<TopicDescription> {
  const { describedTopic } = await import('../process/peek.ts')
  return describedTopic(broker, name)
}

/** @throws MillraceError APPLICATION_UNNAMED, APPLICATION_UNKNOWN */
export async function lookAtGroup(
  { keys }: Pick<Broker, 'keys'>,
  { application }: Target,
): Promise<GroupLook> {
  const { lookAt } = await import('../process/group-look.ts')
  return lookAt(keys, application ?? (await onlyApplication(keys)))
}

async function onlyApplication(keys: Broker['keys']): Promise<string> {
  const { applicationsIn } = await import('../process/group-look.ts')
  const names = await applicationsIn(keys)
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  if (names.length > 1) throw applicationUnnamed(names)
  throw hostAway({})
}

/** A host, and where it can be asked. */
export interface FoundHost {
  readonly id: string
  readonly door: Door
}

/**
 * A host of the application that can be asked: by its socket where that is at hand, over the broker where
 * it is on another machine.
 * @param except ids of hosts that are not wanted
 * @throws MillraceError as `targetOf`; APPLICATION_UNNAMED, APPLICATION_UNKNOWN, HOST_AWAY
 */
export async function findHost(
  options: TargetOptions,
  except: ReadonlySet<string> = new Set(),
): Promise<FoundHost> {
  const target = await targetOf(options)
  const { location, application, host } = target
  const isMeant = ({ id }: { readonly id: string }): boolean =>
    (host === undefined || id === host) && !except.has(id)
  const atDoor = await behindDoor(target, isMeant)
  if (atDoor !== null) return atDoor
  return withBrokerOf(target, async (broker) => {
    const all = await membersOf(broker, application)
    const members = all.filter(({ member }) => isMeant(member))
    const found = (await nearest(members)) ?? (await overBroker(broker, members, location))
    if (found !== null) return found
    // One that never ran here is said to be that, with those that did.
    if (application !== undefined && all.length === 0) await lookAtGroup(broker, target)
    throw hostAway({ host, application, known: all.map(({ member }) => member.id) })
  })
}

/** Without the broker: a host beside the records of the one application that can be meant. */
async function behindDoor(
  { location, application }: Target,
  isMeant: (door: HostDoor) => boolean,
): Promise<FoundHost | null> {
  if (isNats(location)) return null
  const { directory } = location
  const names = application === undefined ? applicationsWithDoors(directory) : [application]
  const [only] = names
  if (only === undefined || names.length > 1) return null
  for (const { id, socket } of doorsIn(directory, only).filter(isMeant)) {
    if ((await reachOf({ socket })) === 'reached') return { id, door: socket }
  }
  return null
}

interface Named {
  readonly application: string
  readonly member: Member
}

async function nearest(members: readonly Named[]): Promise<FoundHost | null> {
  for (const { member } of members) {
    const door = socketHere(member)
    if (door !== null && (await reachOf(member)) === 'reached') return { id: member.id, door }
  }
  return null
}

/** Those that may live where their sockets cannot be seen from here, and say over the broker that they do. */
async function overBroker(
  { bus }: Broker,
  members: readonly Named[],
  location: BrokerLocation,
): Promise<FoundHost | null> {
  const [first] = members
  if (first === undefined) return null
  const { hostsOnBus } = await import('../admin/over-bus.ts')
  const { application } = first
  const serving = new Set(await hostsOnBus(bus, application))
  const living: Member[] = []
  for (const { member } of members) {
    if (serving.has(member.id) && (await reachOf(member)) === 'unknown') living.push(member)
  }
  const [any] = living
  if (any === undefined) return null
  return { id: any.id, door: { location, application, hosts: living.map(({ id }) => id) } }
}

async function membersOf(
  broker: Broker,
  application: string | undefined,
): Promise<readonly Named[]> {
  const { decodeMember, hostsPrefix } = await import('#protocols/messages/membership')
  const prefix = application === undefined ? '' : hostsPrefix(application)
  const found: Named[] = []
  for (const [key, { value }] of await broker.keys.list(prefix)) {
    const [name = '', kind, id] = key.split('/')
    if (kind === 'hosts' && id !== undefined) {
      found.push({ application: name, member: decodeMember(value) })
    }
  }
  const names = new Set(found.map((it) => it.application))
  if (names.size <= 1) return found
  throw applicationUnnamed([...names])
}

/** The manifest that was named, or lies here; one that only lies here says nothing about another place. */
export function manifestOfTarget(options: TargetOptions): string | null {
  const { broker, manifest } = placeNow(options)
  if (manifest !== undefined) return manifest
  return broker === undefined && existsSync(MANIFEST) ? MANIFEST : null
}

const brokerUnnamed = (): MillraceError =>
  new MillraceError({
    code: 'BROKER_UNNAMED',
    what: `no broker was named and there is no ${MANIFEST} here`,
    hint: 'Say --broker file:DIRECTORY or nats://HOST:PORT, or --context, set MILLRACE_BROKER, or run where the manifest is',
  })

const applicationUnnamed = (names: readonly string[]): MillraceError =>
  new MillraceError({
    code: 'APPLICATION_UNNAMED',
    what: `several applications run here: ${names.join(', ')}`,
    hint: 'Say which one with --app',
  })

interface Away {
  readonly host?: string | undefined
  readonly application?: string | undefined
  /** Hosts that joined it. */
  readonly known?: readonly string[] | undefined
}

const hostAway = ({ host, application, known = [] }: Away): MillraceError =>
  new MillraceError({
    code: 'HOST_AWAY',
    what: `no host${host === undefined ? '' : ` '${host}'`}${application === undefined ? '' : ` of application '${application}'`} is running`,
    hint:
      host !== undefined && known.length > 0 && !known.includes(host)
        ? `Say one of ${[...known].sort().join(', ')}`
        : 'Start one with: millrace host millrace.yaml',
  })
