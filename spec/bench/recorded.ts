// What RESULTS.md says already, so that a run can be printed beside it.

/** What a cell that `shown` wrote says: digits, and perhaps thousands or millions. */
const SHOWN = /^(\d[\d.e+-]*)(?: ([kM]))?$/

/** The name of a ratio: what is measured, and against what. */
export const ratioName = (name: string, to: string): string => `${name}, of ${to}`

/** The newest of each ratio in the tables whose title is wanted, by its name. */
export function recordedRatios(
  results: string,
  isWanted: (title: string) => boolean,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const section of results.split(/^## /m).slice(1)) {
    const [head = '', ...lines] = section.split('\n')
    if (!isWanted(head.slice(0, head.lastIndexOf(': ')))) continue
    for (const line of lines.filter((each) => each.startsWith('| '))) {
      const [name = '', , ratio = ''] = line.slice(2).split(' | ')
      const [figure = '', ...to] = ratio.split(' of ')
      const value = parsed(figure)
      if (to.length > 0 && value !== null) found.set(ratioName(name, to.join(' of ')), value)
    }
  }
  return found
}

function parsed(cell: string): number | null {
  const [, digits, suffix] = SHOWN.exec(cell) ?? []
  if (digits === undefined) return null
  return Number(digits) * (suffix === 'M' ? 1e6 : suffix === 'k' ? 1e3 : 1)
}
