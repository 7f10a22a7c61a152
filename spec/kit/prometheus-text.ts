// Reads Prometheus' text format, version 0.0.4, line by line, and throws at the first line that is not
// of it: https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly kind: string
  readonly help: string
  readonly series: readonly Series[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`)
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`)
/** Prometheus reads values as Go does, which takes NaN in any case; prom-client writes Nan. */
const LINE = new RegExp(
  `^(${NAME})(?:\\{(.*)\\})? (Na[nN]|[+-]?Inf|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)$`,
)
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/

export function familiesIn(text: string): readonly Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended')
  const families: { name: string; kind: string; help: string; series: Series[] }[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const current = families.at(-1)
    const help = HELP.exec(line)
    const type = TYPE.exec(line)
    const value = LINE.exec(line)
    if (help !== null) {
      const [, name = '', said = ''] = help
      if (families.some((it) => it.name === name)) throw new Error(`${name} comes twice`)
      families.push({ name, kind: '', help: said, series: [] })
    } else if (type !== null) {
      if (current === undefined || current.name !== type[1] || current.kind !== '')
        throw new Error(`stray: ${line}`)
      current.kind = type[2] ?? ''
    } else if (value !== null) {
      const series = {
        name: value[1] ?? '',
        labels: labelsIn(value[2] ?? ''),
        value: numberOf(line),
      }
      if (current === undefined || !belongs(series.name, current)) throw new Error(`stray: ${line}`)
      const id = idOf(series)
      if (current.series.some((it) => idOf(it) === id)) throw new Error(`${id} comes twice`)
      current.series.push(series)
    } else throw new Error(`not of the format: ${line}`)
  }
  return families
}

export const seriesIn = (text: string): readonly Series[] =>
  familiesIn(text).flatMap(({ series }) => series)

const idOf = ({ name, labels }: Series): string =>
  `${name} ${JSON.stringify(Object.entries(labels).sort())}`

function belongs(name: string, family: { readonly name: string; readonly kind: string }): boolean {
  if (family.kind !== 'histogram' && family.kind !== 'summary') return name === family.name
  return [family.name, ...['_bucket', '_sum', '_count'].map((end) => family.name + end)].includes(
    name,
  )
}

function numberOf(line: string): number {
  const text = line.slice(line.lastIndexOf(' ') + 1)
  return text.endsWith('Inf') ? Number(`${text}inity`.replace('+', '')) : Number(text)
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let rest = text; rest !== ''; ) {
    const found = LABEL.exec(rest)
    if (found === null) throw new Error(`not labels: ${rest}`)
    const [whole, name = '', value = ''] = found
    if (Object.hasOwn(labels, name)) throw new Error(`label ${name} comes twice`)
    labels[name] = value.replaceAll(/\\(.)/g, (_, it: string) => (it === 'n' ? '\n' : it))
    rest = rest.slice(whole.length)
  }
  return labels
}
