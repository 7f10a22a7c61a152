// millrace topology: what topologies are made of, as a running host has them, or as a manifest names them.

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { MillraceError } from '#protocols/core/errors'
import { askAdmin } from '../admin/admin-client.ts'
import type { TopologyDocument } from '../admin/documents.ts'
import { describePlan, shownDescription } from '../plan/describe.ts'
import { closest } from './closest.ts'
import { optionInvalid } from './options.ts'
import { printJson, printLine } from './print.ts'
import { findHost, manifestOfTarget, type TargetOptions, withHost } from './target.ts'

const FORMATS = ['text', 'dot', 'mermaid'] as const

interface TopologyOptions extends TargetOptions {
  readonly format: (typeof FORMATS)[number]
  readonly planned?: boolean
}

type Described = TopologyDocument['topologies'][number]

const EXAMPLES = `
Nodes, what they read, write and keep, and the parts that run as tasks, as the host that is asked has them.
With --planned it is what the manifest names, and no host is asked; how many tasks there will be is not known
then. A graph is of one topology.

Examples:
  millrace topology
  millrace topology wordcount --format dot | dot -Tsvg > wordcount.svg
  millrace topology wordcount --format mermaid
  millrace topology --planned --manifest millrace.yaml     before it is deployed
  millrace topology --json`

export function addTopology(program: Command): void {
  withHost(program.command('topology'))
    .argument('[topology]', 'this one alone')
    .description('what topologies are made of, as text or as a graph')
    .addOption(
      new Option('-f, --format <format>', 'how it is written')
        .choices(FORMATS)
        .default('text')
        .conflicts('json'),
    )
    .option('--planned', 'as the manifest names them, without a host')
    .addHelpText('after', EXAMPLES)
    .action(topology)
}

async function topology(name: string | undefined, options: TopologyOptions): Promise<void> {
  const { format, json } = options
  const all = options.planned ? await planned(options) : await running(options)
  const topologies = name === undefined ? all : [named(name, all)]
  if (json) return printJson({ topologies } satisfies TopologyDocument)
  if (format !== 'text' && topologies.length !== 1) {
    const names = topologies.map((it) => it.name).join(', ')
    throw optionInvalid(`a graph is of one topology: name one of ${names || 'none'}`)
  }
  printLine(
    topologies
      .map((it) => shownDescription(it, format))
      .join('\n')
      .trimEnd(),
  )
}

async function running(options: TargetOptions): Promise<readonly Described[]> {
  const { door } = await findHost(options)
  return (await askAdmin<TopologyDocument>(door, '/v1/topology')).topologies
}

/** @throws MillraceError OPTION_INVALID, and what reading a manifest and loading its modules throws */
async function planned(options: TargetOptions): Promise<readonly Described[]> {
  const file = manifestOfTarget(options)
  if (file === null) throw optionInvalid('--planned is of a manifest: name one with --manifest')
  const { readManifest } = await import('../manifest/read-manifest.ts')
  const { loadDefinitions } = await import('../manifest/load-definitions.ts')
  const { manifest, directory } = await readManifest(file)
  const found: Described[] = []
  for (const { topology: module, actor } of manifest.actors) {
    for (const definition of await loadDefinitions(resolve(directory, module ?? actor ?? ''))) {
      found.push({ ...describePlan(definition.plan(manifest.application)), tasks: {} })
    }
  }
  return found
}

/** @throws MillraceError TOPOLOGY_UNKNOWN */
function named(name: string, all: readonly Described[]): Described {
  const found = all.find((it) => it.name === name)
  if (found !== undefined) return found
  const names = all.map((it) => it.name)
  const meant = closest(name, names)
  throw new MillraceError({
    code: 'TOPOLOGY_UNKNOWN',
    what: `there is no topology '${name}' here`,
    hint:
      meant === undefined ? `Topologies: ${names.join(', ') || 'none'}` : `Did you mean ${meant}?`,
  })
}
