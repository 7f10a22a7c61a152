// Reads a manifest and says what is wrong with it the way a person would: file, line, field, what was
// found and what was expected. Nothing is opened or created before all of it holds.
//
// The schema takes longer to load than a host takes to answer. Who only wants to know where that is reads
// the place, and the schema where it is not plain.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { isMap, isNode, LineCounter, type ParsedNode, parseDocument } from 'yaml'
import type * as z from 'zod'
import { asError, MillraceError } from '#protocols/core/errors'
import { loadModule } from './load-definitions.ts'
import type { Manifest } from './manifest.ts'

/** A manifest and the directory its paths are relative to. */
export interface ReadManifest {
  readonly manifest: Manifest
  readonly file: string
  readonly directory: string
}

/** Where the hosts of a manifest and their records are. */
export type ManifestPlace = Pick<Manifest, 'application' | 'broker' | 'state'>

/** @throws MillraceError MANIFEST_MISSING, MANIFEST_INVALID, MODULE_BROKEN */
export async function readManifest(path: string): Promise<ReadManifest> {
  const file = fileAt(path)
  const manifest = isModule(file)
    ? await fromModule(file, path)
    : await fromYaml(file, path, isNever)
  return { manifest, file, directory: dirname(file) }
}

/**
 * Of a manifest in YAML, no more is checked than that its fields are known, and those of the place: a
 * command reaches its host whatever else is wrong.
 * @throws MillraceError as `readManifest`
 */
export async function readPlace(
  path: string,
): Promise<{ readonly manifest: ManifestPlace; readonly directory: string }> {
  const file = fileAt(path)
  if (isModule(file)) return readManifest(path)
  return { manifest: await fromYaml(file, path, isPlain), directory: dirname(file) }
}

function fileAt(path: string): string {
  const file = resolve(path)
  if (existsSync(file)) return file
  throw manifestMissing(path)
}

/** The schema says. */
const isNever = (_value: unknown): _value is Manifest => false

const isModule = (file: string): boolean => ['.ts', '.mts', '.js', '.mjs'].includes(extname(file))

/** Named once more than in the schema, and by it. */
const FIELDS: Readonly<Record<keyof Manifest, true>> = {
  ...{ application: true, broker: true, host: true, state: true, workers: true, capacity: true },
  ...{ zone: true, version: true, partitions: true, sessionTimeoutMs: true, guarantee: true },
  ...{ commitIntervalMs: true, sealIntervalMs: true, compression: true, snapshotBytes: true },
  ...{ standbys: true, acceptableLag: true, warmups: true, handOverMs: true, acceptPlan: true },
  ...{ http: true, log: true, actors: true },
}

/** Whether its place is as in most manifests; of any other one the schema knows whether it is right. */
function isPlain(value: unknown): value is ManifestPlace {
  if (typeof value !== 'object' || value === null) return false
  const { application, broker, state } = value as Record<string, unknown> // any object has fields
  return (
    Object.keys(value).every((field) => Object.hasOwn(FIELDS, field)) &&
    typeof application === 'string' &&
    /^[\w-]{1,100}$/.test(application) &&
    typeof broker === 'string' &&
    /^(file:|nats:\/\/|tls:\/\/)./.test(broker) &&
    (state === undefined || typeof state === 'string')
  )
}

async function fromModule(file: string, shown: string): Promise<Manifest> {
  const { default: exported } = await loadModule(file)
  if (exported === undefined) {
    throw manifestInvalid(shown, [{ field: 'default export', problem: 'is missing' }])
  }
  return checked(exported, shown, () => '')
}

/** @param isEnough of what needs no schema */
async function fromYaml<T>(
  file: string,
  shown: string,
  isEnough: (value: unknown) => value is T,
): Promise<T | Manifest> {
  const lines = new LineCounter()
  const document = parseDocument(textOf(file, shown), { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0])
    const [problem] = broken.message.split(/ at line |:\n/)
    throw manifestInvalid(shown, [{ at: `${line}:${col}`, problem: problem ?? broken.message }])
  }
  const value: unknown = document.toJS()
  if (isEnough(value)) return value
  return checked(value, shown, (path) => {
    const node = nearest(document.contents, path)
    if (node?.range == null) return ''
    const { line, col } = lines.linePos(node.range[0])
    return `${line}:${col}`
  })
}

function textOf(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw manifestInvalid(shown, [{ problem: `cannot be read: ${asError(thrown).message}` }])
  }
}

async function checked(
  value: unknown,
  file: string,
  place: (path: readonly PropertyKey[]) => string,
): Promise<Manifest> {
  const { manifestSchema } = await import('./manifest.ts')
  const result = manifestSchema.safeParse(value)
  if (result.success) return result.data
  throw manifestInvalid(
    file,
    result.error.issues.map((issue) => problemOf(issue, place)),
  )
}

interface Problem {
  /** `line:column`, where known. */
  readonly at?: string
  readonly field?: string
  readonly problem: string
}

function problemOf(
  issue: z.core.$ZodIssue,
  place: (path: readonly PropertyKey[]) => string,
): Problem {
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : []
  const path = unknown === undefined ? issue.path : [...issue.path, unknown]
  return { at: place(path), field: written(path), problem: sentence(issue, path) }
}

function sentence(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string {
  if (issue.code === 'unrecognized_keys') {
    const { whole, fields } = fieldsAround(path)
    return `is not a field of ${whole}; known: ${fields.join(', ')}`
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return `is missing; it is ${articled(issue.expected)}`
  }
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().find((it) => it.code !== 'invalid_type')
    return inner?.message ?? (path[0] === 'http' ? HTTP : BROKER)
  }
  return issue.message.replace(/^Invalid input: /, '')
}

const BROKER = "takes 'file:DIRECTORY' or 'nats://HOST:PORT', or the fields of one of them"
const HTTP = "takes a port, or the fields 'port', 'address' and 'token'"

function fieldsAround([first, ...rest]: readonly PropertyKey[]): {
  whole: string
  fields: readonly string[]
} {
  if (first === 'actors') return { whole: 'an actor', fields: ['topology', 'actor'] }
  if (first === 'http' && rest.length > 0) {
    return { whole: "'http'", fields: ['port', 'address', 'token'] }
  }
  if (first === 'broker' && rest.length > 0) {
    return { whole: 'a broker', fields: ['file', 'durability', 'bytesMax', 'nats'] }
  }
  return { whole: 'a manifest', fields: Object.keys(FIELDS) }
}

const articled = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`

/** The node at a path, or the deepest one there is on the way: a missing field is told where it belongs. */
function nearest(root: ParsedNode | null, path: readonly PropertyKey[]): ParsedNode | null {
  let node = root
  for (const step of path) {
    if (!isNode(node) || !('get' in node)) return node
    if (isMap(node)) {
      const pair = node.items.find((item) => 'value' in item.key && item.key.value === step)
      if (pair === undefined) return node
      // An unknown field is best shown at its name.
      node = (step === path.at(-1) ? pair.key : pair.value) as ParsedNode
    } else node = (node.get(Number(step), true) as ParsedNode | undefined) ?? node
  }
  return node
}

/** `actors[0].topology` */
const written = (path: readonly PropertyKey[]): string =>
  path
    .map((step, i) =>
      typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`,
    )
    .join('')

const manifestMissing = (path: string): MillraceError =>
  new MillraceError({
    code: 'MANIFEST_MISSING',
    what: `there is no manifest ${path}`,
    hint: 'Name one: millrace host millrace.yaml. What goes into it: millrace host --help',
  })

function manifestInvalid(file: string, problems: readonly Problem[]): MillraceError {
  const lines = problems.map(({ at, field, problem }) =>
    [at ? `${file}:${at}` : file, field ? `'${field}'` : '', problem].filter(Boolean).join(' '),
  )
  return new MillraceError({
    code: 'MANIFEST_INVALID',
    what: `the manifest cannot be used:\n  ${lines.join('\n  ')}`,
  })
}
