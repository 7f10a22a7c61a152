// The queries, by name. Those not here need something else than records in and rows out: q10 writes
// files, q12 goes by the clock on the wall.

import { q0Query } from './q0.ts'
import { q1Query } from './q1.ts'
import { q2Query } from './q2.ts'
import { q3Query } from './q3.ts'
import { q4Query } from './q4.ts'
import { q5Query } from './q5.ts'
import { q6Query } from './q6.ts'
import { q7Query } from './q7.ts'
import { q8Query } from './q8.ts'
import { q9Query } from './q9.ts'
import { q11Query } from './q11.ts'
import { q13Query } from './q13.ts'
import { q14Query } from './q14.ts'
import { q15Query } from './q15.ts'
import { q16Query } from './q16.ts'
import { q17Query } from './q17.ts'
import { q18Query } from './q18.ts'
import { q19Query } from './q19.ts'
import { q20Query } from './q20.ts'
import type { Query } from './query.ts'

export const queries: Readonly<Record<string, Query>> = {
  ...{ q0: q0Query, q1: q1Query, q2: q2Query, q3: q3Query, q4: q4Query, q5: q5Query },
  ...{ q6: q6Query, q7: q7Query, q8: q8Query, q9: q9Query, q11: q11Query, q13: q13Query },
  ...{ q14: q14Query, q15: q15Query, q16: q16Query, q17: q17Query, q18: q18Query },
  ...{ q19: q19Query, q20: q20Query },
}
