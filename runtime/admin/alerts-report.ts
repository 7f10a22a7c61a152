// Makes the document of alerts: rules judged by the numbers of all hosts, as they answer the one that is
// asked. It is looked at when somebody asks, so rules that look back know what was seen since then: nobody
// watches for those who do not look, that is Prometheus' part.

import type { Group } from '../process/group.ts'
import type { RunningHost } from '../process/running-host.ts'
import { ALERTS, type Alert } from '../telemetry/alerts.ts'
import { METRICS, type MetricDefinition } from '../telemetry/metrics.ts'
import { type Holding, holding, type Now, nameOf, valuesOf } from '../telemetry/rules.ts'
import {
  globalSamples,
  groupSamples,
  readySample,
  type Sample,
  taskSamples,
  unansweredSample,
} from '../telemetry/samples.ts'
import { SeriesLog } from '../telemetry/series.ts'
import type { AlertRow, AlertsDocument, Spread } from './documents.ts'
import { tasksDocument } from './reports.ts'

/** Looks that are closer together than this are one. */
const LOOK_MS = 5000

type Judged = Alert & Required<Pick<Alert, 'rule'>>

/** The others ask for what hosts do not tell one another. */
const isJudged = (alert: Alert): alert is Judged => alert.rule !== undefined

export class AlertWatch {
  readonly #host: RunningHost
  readonly #group: Group
  readonly #series = new SeriesLog()
  /** Since when a rule holds of some labels. */
  #since = new Map<string, Now>()
  #newest: { readonly at: number; readonly document: Promise<AlertsDocument> } | null = null

  constructor(host: RunningHost, group: Group) {
    this.#host = host
    this.#group = group
  }

  document(): Promise<AlertsDocument> {
    const at = this.#host.parts.clock.monotonic()
    if (this.#newest !== null && at - this.#newest.at < LOOK_MS) return this.#newest.document
    const document = this.#look()
    this.#newest = { at, document }
    document.catch(() => {
      this.#newest = null
    })
    return document
  }

  async #look(): Promise<AlertsDocument> {
    const { clock } = this.#host.parts
    const { samples, unanswered } = await this.#samples()
    const now: Now = { at: clock.monotonic(), wallMs: clock.now() }
    if (!this.#series.add(now.at, samples)) this.#since.clear()
    const series = this.#series.all
    const since = new Map<string, Now>()
    const alerts = ALERTS.filter(isJudged).flatMap((alert) =>
      holding(alert.rule, series, now).map((found): AlertRow => {
        const name = `${alert.name} ${nameOf(found.labels)}`
        const began = this.#since.get(name) ?? now
        since.set(name, began)
        return rowOf(alert, found, began, now)
      }),
    )
    this.#since = since
    const spread = (metric: MetricDefinition): Spread => {
      const at = (quantile: number): number | null => {
        const [found] = valuesOf({ metric, over: ['rate', 5], by: [], quantile }, series, now)
        return found === undefined ? null : found.value * 1000
      }
      return { p50: at(0.5), p99: at(0.99) }
    }
    return {
      alerts: alerts.sort((a, b) => rankOf(a) - rankOf(b)),
      unjudged: ALERTS.flatMap((alert) => (isJudged(alert) ? [] : [alert.name])),
      commitMs: spread(METRICS.taskCommit),
      latencyMs: spread(METRICS.taskLatency),
      unanswered,
    }
  }

  async #samples(): Promise<Pick<AlertsDocument, 'unanswered'> & { samples: readonly Sample[] }> {
    const { application } = this.#host.parts
    const [{ tasks, standbys, unanswered }, globals, facts, { coordinator, members }] =
      await Promise.all([
        tasksDocument(this.#host, this.#group),
        this.#group.globals(),
        this.#group.facts(),
        this.#group.look(),
      ])
    const { placement } = this.#host.view
    const named = (samples: readonly Sample[], common: Sample['labels']): readonly Sample[] =>
      samples.map((sample) => ({ ...sample, labels: { application, ...common, ...sample.labels } }))
    const ofGroup = groupSamples({ placement, members, isCoordinator: coordinator !== null })
    const ofTasks = [...tasks, ...standbys].flatMap((task) =>
      named(taskSamples(task), { host: task.host }),
    )
    const ofGlobals = globals.flatMap((it) =>
      'value' in it ? named((it.value ?? []).flatMap(globalSamples), { host: it.host }) : [],
    )
    const silent = new Set(unanswered.map(({ host }) => host))
    const ofHosts = facts.flatMap((it) => {
      const ready = 'value' in it ? it.value?.ready : undefined
      const own = [
        ...(ready === undefined ? [] : [readySample(ready)]),
        unansweredSample('tasks', silent.has(it.host)),
        unansweredSample('threads', 'error' in it),
      ]
      return named(own, { host: it.host })
    })
    const samples = [...named(ofGroup, {}), ...ofTasks, ...ofGlobals, ...ofHosts]
    return { samples, unanswered }
  }
}

function rowOf(alert: Judged, { labels, value }: Holding, began: Now, now: Now): AlertRow {
  const { name, severity, summary, action } = alert
  const isFiring = now.at - began.at >= Number.parseInt(alert.for, 10) * 60_000
  const said = summary
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '')
    .replaceAll('{{ $value }}', String(Math.round(value * 100) / 100))
  return {
    ...{ name, severity, state: isFiring ? 'firing' : 'pending', sinceMs: began.wallMs },
    ...{ labels, value, summary: said, action },
  }
}

const rankOf = ({ state, severity }: AlertRow): number =>
  (state === 'firing' ? 0 : 2) + (severity === 'critical' ? 0 : 1)
