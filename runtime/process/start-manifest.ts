// A manifest and what was said on the command line, as a running host.

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import process from 'node:process'
import { MillraceError } from '#protocols/core/errors'
import { LOG_LEVELS, type LogLevel } from '#protocols/core/log'
import type { HttpOptions } from '../admin/http-server.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import { asOption, brokerLocation, stateOf } from './broker-location.ts'
import { hostIn } from './host.ts'
import type { HostOptions } from './host-options.ts'
import type { Host } from './process-host.ts'
import { type ThreadNursery, WORKERS_MAX } from './thread-nursery.ts'

/** What may be said beside a manifest, and wins over it. */
export interface Said {
  readonly id?: string | undefined
  readonly workers?: string | undefined
  readonly capacity?: string | undefined
  readonly zone?: string | undefined
  readonly http?: string | undefined
  readonly log?: string | undefined
  readonly acceptPlan?: boolean | undefined
}

/**
 * @param threads what its workers will live in; those that are not needed are ended
 * @throws MillraceError OPTION_INVALID, what reading the manifest throws, and what `host` throws
 */
export async function startManifest(
  file: string,
  said: Said,
  threads: ThreadNursery,
): Promise<Host> {
  try {
    return await hostIn(threads, await optionsIn(file, said))
  } finally {
    await threads.close()
  }
}

async function optionsIn(file: string, said: Said): Promise<HostOptions> {
  const { manifest, directory } = await readManifest(file)
  const { host: id, actors, broker, state, workers, http, log, ...rest } = manifest
  const location = brokerLocation(broker, directory)
  return {
    ...rest,
    broker: asOption(location),
    id: said.id ?? id,
    // Beside the manifest, whatever directory the process was started in.
    state: state === undefined ? stateOf(location) : resolve(directory, state),
    workers: workersOf(said.workers) ?? workers ?? availableParallelism(),
    capacity: capacityOf(said.capacity) ?? rest.capacity,
    zone: said.zone ?? rest.zone,
    http: httpOf(said.http, http),
    log: levelOf(said.log) ?? log ?? 'info',
    acceptPlan: said.acceptPlan ?? rest.acceptPlan,
    actors: actors.map(({ topology, actor }) => resolve(directory, topology ?? actor ?? '')),
  }
}

function workersOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined
  const count = Number(said)
  if (Number.isInteger(count) && count >= 0 && count <= WORKERS_MAX) return count
  throw optionInvalid(`--workers takes a number from 0 to ${WORKERS_MAX}, not '${said}'`)
}

/** Its bounds are those of the option. */
function capacityOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined
  const capacity = Number(said)
  if (said.trim() !== '' && Number.isFinite(capacity)) return capacity
  throw optionInvalid(`--capacity takes a number, not '${said}'`)
}

/** A port that was said wins; what else the manifest says stays. The token is better not in a file. */
function httpOf(said: string | undefined, http: Manifest['http']): HttpOptions | undefined {
  const options = typeof http === 'number' ? { port: http } : http
  const port = portOf(said) ?? options?.port
  if (port === undefined) return undefined
  return { ...options, port, token: options?.token ?? process.env['MILLRACE_HTTP_TOKEN'] }
}

function portOf(said: string | undefined): number | undefined {
  if (said === undefined) return undefined
  const port = Number(said)
  if (/^\d+$/.test(said) && port <= 65_535) return port
  throw optionInvalid(`--http takes a port from 0 to 65535, not '${said}'`)
}

function levelOf(said: string | undefined): LogLevel | undefined {
  if (said === undefined) return undefined
  const level = LOG_LEVELS.find((it) => it === said)
  if (level !== undefined) return level
  throw optionInvalid(`--log takes ${LOG_LEVELS.join(', ')}, not '${said}'`)
}

const optionInvalid = (what: string): MillraceError =>
  new MillraceError({ code: 'OPTION_INVALID', what })
