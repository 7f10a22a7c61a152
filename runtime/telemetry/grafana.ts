// Boards and alerts as files that Grafana and Prometheus read. The same lists make the same files, byte
// by byte: what is in a repository changes when a list does, and then only.

import { stringify } from 'yaml'
import { ALERTS, SCRAPE_NAME } from './alerts.ts'
import { BOARDS, type Board, type Panel } from './dashboards.ts'
import { METRICS } from './metrics.ts'

/** Where dashboards are found by the Grafana that reads them. */
const DASHBOARDS = '/var/lib/grafana/dashboards'
const WIDTH = 24
const COLUMNS = 3
const HEIGHT = 8
/** The version of the form below; newer Grafanas take it as it is. */
const SCHEMA_VERSION = 39

/** Files by their path, with what goes into them. */
export function monitoringFiles(): ReadonlyMap<string, string> {
  const boards = BOARDS.map(
    (board) => [`grafana/dashboards/${board.id}.json`, boardText(board)] as const,
  )
  return new Map([
    ...boards,
    ['grafana/provisioning/dashboards/millrace.yaml', provider()],
    ['grafana/provisioning/datasources/millrace.yaml', datasource()],
    ['prometheus/millrace-alerts.yaml', alertRules()],
    ['prometheus/prometheus.yaml', scraping()],
  ])
}

// ---- Prometheus ---------------------------------------------------------------------------------

const alertRules = (): string =>
  written({
    groups: [
      {
        name: 'millrace',
        rules: ALERTS.map(({ name, expr, for: time, severity, summary, action }) => ({
          alert: name,
          expr,
          for: time,
          labels: { severity },
          annotations: { summary, description: action },
        })),
      },
    ],
  })

const scraping = (): string =>
  written({
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    rule_files: ['millrace-alerts.yaml'],
    scrape_configs: [{ job_name: SCRAPE_NAME, static_configs: [{ targets: ['127.0.0.1:9470'] }] }],
  })

// ---- Grafana ------------------------------------------------------------------------------------

const datasource = (): string =>
  written({
    apiVersion: 1,
    datasources: [
      {
        ...{ name: 'Prometheus', uid: 'millrace-prometheus', type: 'prometheus' },
        ...{ access: 'proxy', url: 'http://127.0.0.1:9090', isDefault: true },
      },
    ],
  })

const provider = (): string =>
  written({
    apiVersion: 1,
    providers: [
      { name: 'millrace', type: 'file', folder: 'Millrace', options: { path: DASHBOARDS } },
    ],
  })

const boardText = (board: Board): string => `${JSON.stringify(grafanaBoard(board), null, 2)}\n`

/** The variable at the head of each board. */
const SOURCE = { type: 'prometheus', uid: '$datasource' }

const grafanaBoard = ({ id, title, panels }: Board) => ({
  uid: id,
  title,
  tags: ['millrace'],
  schemaVersion: SCHEMA_VERSION,
  editable: true,
  refresh: '15s',
  time: { from: 'now-1h', to: 'now' },
  timezone: 'browser',
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      choice('application', METRICS.hostInfo.name),
      choice('host', `${METRICS.hostInfo.name}{application=~"$application"}`),
    ],
  },
  panels: panels.map(grafanaPanel),
})

/** Some or all values of a label. */
const choice = (label: string, series: string) => ({
  name: label,
  label: label.charAt(0).toUpperCase() + label.slice(1),
  type: 'query',
  datasource: SOURCE,
  query: { query: `label_values(${series}, ${label})`, refId: label },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
})

const TYPES = { lines: 'timeseries', number: 'stat', table: 'table' } as const

function grafanaPanel({ title, shape, unit, help, queries }: Panel, index: number) {
  const width = WIDTH / COLUMNS
  const isTable = shape === 'table'
  return {
    id: index + 1,
    title,
    description: help,
    type: TYPES[shape],
    datasource: SOURCE,
    gridPos: {
      ...{ x: (index % COLUMNS) * width, y: Math.floor(index / COLUMNS) * HEIGHT },
      ...{ w: width, h: HEIGHT },
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + n),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      ...(isTable ? { instant: true, format: 'table' } : {}),
    })),
  }
}

/** Lines are left as long as they are: a query is easier to read in one. */
const written = (document: object): string => stringify(document, { lineWidth: 0 })
