// What a console has seen, for specs of its pages; and names as nobody should choose them.

import { FIRST_STATE, heard } from '../../../../runtime/console/client/feed.mjs'
import type { Html } from '../../../../runtime/console/client/html.mjs'
import type { Documents, State } from '../../../../runtime/console/client/state.ts'
import { aHost, aLook, anEvent, aTask, NOW } from '../../dashboard/a-look.ts'

/** What would run, or break out of where it stands, if it were not escaped. */
export const HOSTILE = `"><img src=x onerror=alert(1)>'&amp;</script>`

export const told = (state: State, type: string, data: unknown, at = NOW): State => {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return heard(state, { type, data: text, lastEventId: String(at) })
}

export function aState(documents: Partial<Documents> = {}, rest: Partial<State> = {}): State {
  const { status, tasks } = aLook({})
  const all = { status, tasks, ...documents }
  const seen = Object.entries(all).reduce(
    (state, [type, document]) => told(state, type, document),
    FIRST_STATE,
  )
  return { ...seen, ...rest }
}

const hostileError = { code: HOSTILE, what: HOSTILE, where: HOSTILE, hint: HOSTILE }
const hostileTask = aTask({
  ...{ id: HOSTILE, state: HOSTILE, host: HOSTILE, error: hostileError, dropped: { [HOSTILE]: 3 } },
  positions: [{ topic: HOSTILE, partition: 0, position: 9, committed: 7, lag: 2 }],
})

const hostileGroup: Pick<Documents, 'topology' | 'rebalance' | 'events' | 'alerts'> = {
  topology: {
    topologies: [
      {
        ...{ name: HOSTILE, tasks: { [HOSTILE]: 1 } },
        subtopologies: [
          {
            ...{ name: HOSTILE, globals: [{ store: HOSTILE, topic: HOSTILE }] },
            stores: [{ name: HOSTILE, kind: HOSTILE }],
            nodes: [
              { name: HOSTILE, kind: 'source', topics: [HOSTILE], stores: [], to: ['n'] },
              { name: 'n', kind: HOSTILE, topics: [HOSTILE], stores: [HOSTILE], to: [] },
            ],
          },
        ],
      },
    ],
  },
  rebalance: {
    ...{ application: HOSTILE, coordinator: HOSTILE, placement: 1, isFrozen: true },
    ...{ draining: [HOSTILE], fenced: [HOSTILE] },
    tasks: [
      {
        ...{ id: HOSTILE, holders: [HOSTILE], target: HOSTILE, granted: null, pin: HOSTILE },
        ...{ standbys: [HOSTILE], step: 'closing', why: HOSTILE },
      },
    ],
  },
  events: {
    application: HOSTILE,
    events: [
      anEvent({
        ...{ code: 'TASK_FAILED', level: 'error', message: HOSTILE, host: HOSTILE, by: HOSTILE },
        ...{ reason: HOSTILE, facts: { task: HOSTILE } },
      }),
    ],
    lately: [
      { code: HOSTILE, message: HOSTILE, count: 2, firstMs: NOW, lastMs: NOW, hosts: [HOSTILE] },
    ],
  },
  alerts: {
    alerts: [
      {
        ...{ name: 'MillraceTaskQuarantined', severity: 'critical', state: 'firing', sinceMs: NOW },
        ...{ labels: { task: HOSTILE }, value: 1, summary: HOSTILE, action: HOSTILE },
      },
    ],
    ...{ unjudged: [HOSTILE], commitMs: { p50: null, p99: 1 }, unanswered: [] },
  },
}

/** Every name that a user chose, and every text that an error may have, is hostile. */
export function hostileState(rest: Partial<State> = {}): State {
  const actor = {
    ...{ path: HOSTILE, kind: HOSTILE, status: HOSTILE, note: HOSTILE, restarts: 1, control: 0 },
    ...{ state: 'running' as const, data: 2, lastError: { atMs: NOW, message: HOSTILE } },
  }
  const unanswered = [{ host: HOSTILE, error: HOSTILE }]
  const { status, tasks } = aLook({
    status: {
      ...{ application: HOSTILE, host: HOSTILE, coordinator: HOSTILE, unanswered },
      ...{ hosts: [{ ...aHost(HOSTILE), state: HOSTILE }], unwell: [HOSTILE] },
      ...{ tasks: { [HOSTILE]: 2 }, standbys: { [HOSTILE]: 1 } },
    },
    tasks: {
      ...{ tasks: [hostileTask], standbys: [], unanswered },
      moves: [{ task: HOSTILE, from: HOSTILE, to: HOSTILE, waitsFor: 'closing' }],
    },
  })
  const documents: Documents = {
    ...{ status, tasks },
    tree: {
      hosts: [{ host: HOSTILE, trees: [{ ...actor, children: [{ ...actor, children: [] }] }] }],
      unanswered,
    },
    lag: {
      ...{ lag: 2, unknown: 1, unanswered },
      partitions: [
        {
          ...{ topic: HOSTILE, partition: 0, task: HOSTILE, host: HOSTILE, state: HOSTILE },
          ...{ end: 9, committed: null, lag: null },
        },
      ],
    },
    stores: {
      stores: [
        {
          ...{ task: HOSTILE, role: 'active', store: HOSTILE, kind: 'keyvalue', medium: 'lmdb' },
          ...{ isLogged: false, usage: null, host: HOSTILE },
        },
      ],
      globals: [
        {
          ...{ topology: HOSTILE, store: HOSTILE, topic: HOSTILE, worker: 0, host: HOSTILE },
          ...{ medium: 'lmdb', usage: { rows: 1, bytes: 1, pending: 0 }, dropped: {}, lag: 0 },
          ...{ positions: [], error: { code: HOSTILE, what: HOSTILE } },
        },
      ],
      unanswered,
    },
    ...hostileGroup,
  }
  return aState(documents, {
    quarantine: {
      keys: [{ actor: HOSTILE, key: HOSTILE, error: HOSTILE, atMs: NOW, waiting: 1, message: 1 }],
    },
    lookup: {
      ...{ store: HOSTILE, key: HOSTILE, from: HOSTILE, to: HOSTILE, limit: HOSTILE },
      answer: {
        ...{ store: HOSTILE, lag: 4, ageMs: null, positions: [] },
        rows: [{ key: HOSTILE, value: { it: HOSTILE } }],
      },
      trouble: HOSTILE,
    },
    peek: {
      ...{ topic: HOSTILE, from: HOSTILE, count: HOSTILE, trouble: HOSTILE },
      answer: {
        ...{ topic: HOSTILE, key: HOSTILE, value: HOSTILE },
        records: [
          { partition: 0, offset: 1, time: NOW, key: HOSTILE, value: { it: HOSTILE }, headers: {} },
        ],
      },
    },
    ask: {
      ...{ reason: HOSTILE, isSent: false, trouble: HOSTILE },
      order: { verb: HOSTILE, subject: HOSTILE, effect: HOSTILE, path: HOSTILE, body: {} },
    },
    note: HOSTILE,
    ...{ trouble: HOSTILE, token: HOSTILE },
    ...rest,
  })
}

/** What a reader sees of it: no tags, every run of spaces one. */
export const seen = ({ text }: Html): string =>
  text
    .replaceAll(/<\/(td|th|dt|li|p|h\d|a|b|span)>/g, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
    .trim()
