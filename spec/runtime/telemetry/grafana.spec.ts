// The files for Grafana and Prometheus: whole, readable, and the same each time.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ALERTS, SCRAPE_NAME } from '#runtime/telemetry/alerts'
import { BOARDS } from '#runtime/telemetry/dashboards'
import { monitoringFiles } from '#runtime/telemetry/grafana'

const files = monitoringFiles()

const file = (path: string): string => {
  const text = files.get(path)
  if (text === undefined) throw new Error(`there is no ${path}`)
  return text
}

interface GrafanaPanel {
  readonly id: number
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets: readonly { readonly refId: string; readonly expr: string }[]
}

const panelsOf = (id: string): readonly GrafanaPanel[] =>
  JSON.parse(file(`grafana/dashboards/${id}.json`)).panels

test('the same lists make the same files', () => {
  assert.equal([...monitoringFiles()], [...files])
  for (const text of files.values()) assert.not.match(text, /\d{4}-\d\d-\d\dT/)
})

test('every board is a file with all of its panels and questions', () => {
  for (const { id, title, panels } of BOARDS) {
    const board = JSON.parse(file(`grafana/dashboards/${id}.json`))
    assert.equal([board.uid, board.title], [id, title])
    assert.equal(
      panelsOf(id).map((panel) => [panel.title, panel.targets.map(({ expr }) => expr)]),
      panels.map((panel) => [panel.title, panel.queries.map(({ expr }) => expr)]),
    )
  }
})

test('panels have numbers of their own and cover nobody', () => {
  for (const { id } of BOARDS) {
    const panels = panelsOf(id)
    assert.is(new Set(panels.map((panel) => panel.id)).size, panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    )
    assert.is(new Set(cells).size, cells.length)
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24))
    for (const { targets } of panels) {
      assert.is(new Set(targets.map(({ refId }) => refId)).size, targets.length)
    }
  }
})

test('variables of a board are declared', () => {
  for (const { id } of BOARDS) {
    const text = file(`grafana/dashboards/${id}.json`)
    const { templating } = JSON.parse(text)
    const declared = templating.list.map(({ name }: { name: string }) => name)
    for (const [, name = ''] of text.matchAll(/\$([a-zA-Z_]\w*)/g)) {
      assert.ok(declared.includes(name) || name.startsWith('__'), name)
    }
  }
})

test('every alert is a rule, and Prometheus is told to read the rules and to scrape', () => {
  const { groups } = parse(file('prometheus/millrace-alerts.yaml'))
  const rules: { alert: string; expr: string; for: string }[] = groups[0].rules
  assert.equal(
    rules.map(({ alert, expr, for: time }) => [alert, expr, time]),
    ALERTS.map(({ name, expr, for: time }) => [name, expr, time]),
  )
  const { rule_files, scrape_configs } = parse(file('prometheus/prometheus.yaml'))
  assert.equal(rule_files, ['millrace-alerts.yaml'])
  assert.is(scrape_configs[0].job_name, SCRAPE_NAME)
})

test('provisioning names a place and a source', () => {
  const { datasources } = parse(file('grafana/provisioning/datasources/millrace.yaml'))
  assert.is(datasources[0].type, 'prometheus')
  const { providers } = parse(file('grafana/provisioning/dashboards/millrace.yaml'))
  assert.is(providers[0].type, 'file')
})

test.run()
