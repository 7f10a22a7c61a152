// A recording of a terminal as one SVG: a picture after another, in a window with a ground of its own, so
// that it can be read on light and on dark pages. No script: what moves are style rules, and who asks for
// less motion sees one picture. Lines that come again are drawn once and used again.

import type { Run } from '../kit/pseudo-terminal.ts'

export interface Picture {
  readonly lines: readonly (readonly Run[])[]
  /** How long it stays, ms. */
  readonly ms: number
}

const CELL = { width: 8.4, height: 18 }
const PAD = 16
const BAR = 30
/** The palette of `top`: red, green, yellow; text, ground. */
const COLOURS: Readonly<Record<number, string>> = { 1: '#ff8f85', 2: '#5cc4c9', 3: '#e3b45c' }
const TEXT = '#e2e9ea'
const GROUND = '#111618'

/** @param still the picture for those who want no motion */
export function terminalSvg(
  pictures: readonly Picture[],
  { title, still }: { readonly title: string; readonly still: number },
): string {
  const columns = Math.max(...pictures.flatMap(({ lines }) => lines.map(lengthOf)))
  const rows = Math.max(...pictures.map(({ lines }) => lines.length))
  const width = Math.round(columns * CELL.width + 2 * PAD)
  const height = Math.round(rows * CELL.height + 2 * PAD + BAR - 8)
  const ids = new Map<string, string>()
  const frames = pictures.map(({ lines }, n) => frame(lines, n, ids))
  const defs = [...ids].map(([line, id]) => `<g id="${id}">${line}</g>`).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>${style(pictures, still)}</style>
<defs>${defs}</defs>
<rect width="${width}" height="${height}" rx="8" fill="${GROUND}" stroke="#3a4a4e"/>
<g fill="#3a4a4e"><circle cx="20" cy="17" r="5"/><circle cx="37" cy="17" r="5"/><circle cx="54" cy="17" r="5"/></g>
<text x="${width / 2}" y="21" text-anchor="middle" fill="#94a4a8">millrace top</text>
${frames.join('\n')}
</svg>
`
}

function style(pictures: readonly Picture[], still: number): string {
  const whole = pictures.reduce((sum, { ms }) => sum + ms, 0)
  let from = 0
  const turns = pictures.map(({ ms }, n) => {
    const [start, end] = [from, from + ms].map((at) => `${((100 * at) / whole).toFixed(2)}%`)
    from += ms
    const before = n === 0 ? '' : '0%{visibility:hidden}'
    return `@keyframes k${n}{${before}${start}{visibility:visible}${end},100%{visibility:hidden}}#f${n}{animation:k${n} ${whole}ms step-end infinite}`
  })
  return [
    'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre}',
    `.f{visibility:hidden}.b{font-weight:700}.d{opacity:.6}`,
    ...turns,
    `@media(prefers-reduced-motion:reduce){.f{animation:none!important}#f${still}{visibility:visible}}`,
  ].join('')
}

function frame(lines: readonly (readonly Run[])[], n: number, ids: Map<string, string>): string {
  const used = lines.flatMap((line, row) => {
    const drawn = line.map(drawnRun).join('')
    if (drawn === '') return []
    const id = ids.get(drawn) ?? `l${ids.size}`
    ids.set(drawn, id)
    return `<use href="#${id}" y="${BAR + PAD + row * CELL.height}"/>`
  })
  return `<g class="f" id="f${n}">${used.join('')}</g>`
}

function drawnRun({ text, column, colour, isBold, isDim, isInverse }: Run): string {
  const shown = isInverse ? text : text.trimEnd()
  if (shown === '') return ''
  // Spaces in front are a place, not letters.
  const lead = isInverse ? 0 : shown.length - shown.trimStart().length
  const letters = shown.slice(lead)
  const x = round(PAD + (column + lead) * CELL.width)
  const width = round(letters.length * CELL.width)
  const ink = colour === null ? TEXT : (COLOURS[colour % 8] ?? TEXT)
  const looks = [isBold ? 'b' : '', isDim ? 'd' : ''].filter((it) => it !== '').join(' ')
  const ground = isInverse
    ? `<rect x="${x}" y="-14" width="${width}" height="${CELL.height}" fill="${ink}"/>`
    : ''
  const named = looks === '' ? '' : ` class="${looks}"`
  // Whatever font the reader has, columns stay columns.
  return `${ground}<text x="${x}" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${isInverse ? GROUND : ink}"${named}>${escaped(letters)}</text>`
}

const lengthOf = (line: readonly Run[]): number => {
  const last = line.at(-1)
  return last === undefined ? 0 : last.column + last.text.length
}

const round = (value: number): number => Math.round(value * 10) / 10

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
