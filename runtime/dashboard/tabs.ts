// The tabs there are, in the order of the keys that open them.

import { errorsTab } from './errors-tab.ts'
import { eventsTab } from './events-tab.ts'
import { hostsTab } from './hosts-tab.ts'
import { movesTab } from './moves-tab.ts'
import { storesTab } from './stores-tab.ts'
import type { Tab } from './tab.ts'
import { tasksTab } from './tasks-tab.ts'
import { treeTab } from './tree-tab.ts'

export const TABS: readonly [Tab, ...Tab[]] = [
  ...([hostsTab, tasksTab, treeTab, movesTab] as const),
  ...([storesTab, errorsTab, eventsTab] as const),
]
