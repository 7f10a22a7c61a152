// The order in which people look for names: numbers in them go by what they count, `t/a/2` before `t/a/10`.

const NAMES = new Intl.Collator('en', { numeric: true })

/** For `sort`. */
export const byName = (a: string, b: string): number => NAMES.compare(a, b)
