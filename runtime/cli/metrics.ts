// millrace metrics: what there is to measure, and the boards and alerts for it. It asks no host.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { asError, MillraceError } from '#protocols/core/errors'
import { ALL_METRICS, COMMON_LABELS } from '../telemetry/metrics.ts'
import { printJson, printLine } from './print.ts'
import { jsonOption } from './target.ts'

interface MetricsOptions {
  readonly grafana?: string
  readonly json?: boolean
}

const HELP = `
A host answers at /metrics when it was started with a port: http in the manifest, or --http.
--grafana writes dashboards, their provisioning, alert rules and a configuration of Prometheus that
uses them; files of the same names are replaced.

Examples:
  millrace metrics
  millrace host millrace.yaml --http 9470
  millrace metrics --grafana ./monitoring`

export function addMetrics(program: Command): void {
  program
    .command('metrics')
    .description('list every metric; write dashboards and alerts for them')
    .option('--grafana <directory>', 'write files for Grafana and Prometheus')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(metrics)
}

async function metrics({ grafana, json }: MetricsOptions): Promise<void> {
  if (grafana !== undefined) {
    const { monitoringFiles } = await import('../telemetry/grafana.ts')
    const files = writeFiles(grafana, monitoringFiles())
    if (json) printJson({ files })
    else for (const file of files) printLine(file)
    return
  }
  if (json) return printJson({ metrics: ALL_METRICS, labels: COMMON_LABELS })
  for (const { name, kind, labels, help } of ALL_METRICS) {
    printLine(`${name}${labels.length > 0 ? `{${labels.join(', ')}}` : ''}  ${kind}\n    ${help}`)
  }
}

/** @throws MillraceError DIRECTORY_UNWRITABLE */
export function writeFiles(directory: string, files: ReadonlyMap<string, string>): string[] {
  return [...files].map(([path, text]) => {
    const file = join(directory, path)
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    } catch (thrown) {
      throw unwritable(file, asError(thrown))
    }
    return file
  })
}

const unwritable = (file: string, cause: Error): MillraceError =>
  new MillraceError({
    code: 'DIRECTORY_UNWRITABLE',
    what: `${file} cannot be written: ${cause.message}`,
    hint: 'Name a directory that is yours, or one that does not exist yet',
    cause,
  })
