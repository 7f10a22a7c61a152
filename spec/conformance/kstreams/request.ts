// A conformance request as it comes over the line: a topology as a list of operators, the steps of an
// input, and what to answer beside the outputs.

export interface TopologyRequest {
  readonly id: string
  readonly config?: RequestConfig
  readonly topology: { readonly ops: readonly Op[] }
  readonly inputs: readonly Step[]
  readonly ask: Ask
}

export interface RequestConfig {
  /** 0, the default: no operator holds changes back. */
  readonly cacheMaxBytes?: number
  /** Default true: a commit after every step. */
  readonly autoCommit?: boolean
  readonly optimize?: 'none' | 'all'
  readonly wallClockStartMs?: number
  readonly maxTaskIdleMs?: number
}

export interface AskedStore {
  readonly store: string
  /** After this step. */
  readonly at: number
  /** Only rows of these keys. */
  readonly keys?: readonly unknown[]
}

export interface Ask {
  readonly stores?: readonly AskedStore[]
  readonly dropped?: boolean
  readonly subtopologies?: boolean
  readonly internalTopics?: boolean
}

export interface RecordStep {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly ts: number
  readonly headers?: readonly (readonly [name: string, hex: string])[]
}

export type Step = RecordStep | { readonly advanceWallClockMs: number } | { readonly commit: true }

/** A function of the request: JavaScript, and what it says in words. */
export interface Fn {
  readonly js: string
}

export interface StoreOp {
  readonly name?: string
  readonly key?: string
  readonly value?: string
  readonly caching?: boolean
  readonly logging?: boolean
  readonly inMemory?: boolean
  readonly retentionMs?: number
  readonly kind?: 'versioned'
  readonly historyRetentionMs?: number
}

export interface WindowOp {
  readonly type: 'tumbling' | 'hopping' | 'sliding' | 'session' | 'unlimited'
  readonly sizeMs?: number
  readonly advanceMs?: number
  readonly timeDifferenceMs?: number
  readonly gapMs?: number
  readonly graceMs?: number
  readonly startMs?: number
}

/** An operator; which fields it has follows from `op`. */
export interface Op {
  readonly op: string
  readonly id: string
  readonly name?: string
  readonly from: string
  readonly with: string
  readonly left: string
  readonly right: string
  readonly topic: string
  readonly topics: readonly string[]
  readonly inputTopics?: readonly string[]
  readonly key?: string
  readonly value?: string
  readonly leftValue?: string
  readonly rightValue?: string
  readonly fkSerde?: string
  readonly store?: StoreOp
  readonly stores?: readonly string[]
  readonly kind: string
  readonly type: 'inner' | 'left' | 'outer'
  readonly fn: Fn
  readonly init: Fn
  readonly merger?: Fn
  readonly subtractor: Fn
  readonly joiner: Fn
  readonly keySelector: Fn
  readonly foreignKey: Fn
  readonly timestampExtractor?: Fn
  readonly topicExtractor?: Fn
  readonly as: string
  readonly collectAs: string
  readonly branches: readonly { readonly id: string; readonly predicate: Fn }[]
  readonly default?: string
  readonly groups: readonly { readonly from: string; readonly fn: Fn }[]
  readonly window: WindowOp & { readonly beforeMs?: number; readonly afterMs?: number }
  readonly graceMs?: number
  readonly emit?: 'onWindowClose'
  readonly until: 'windowCloses' | 'timeLimit'
  readonly timeLimitMs?: number
  readonly buffer?: {
    readonly maxRecords?: number
    readonly maxBytes?: number
    readonly whenFull: 'emitEarly' | 'shutdown' | 'unbounded'
  }
  readonly inMemory?: boolean
  readonly retentionMs?: number
  readonly windowSizeMs?: number
  readonly retainDuplicates?: boolean
  readonly historyRetentionMs?: number
}

export interface Output {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly ts?: number
  readonly at: number
  readonly headers?: readonly (readonly [name: string, hex: string])[]
}

export interface StoreRowOut {
  readonly key: unknown
  readonly value: unknown
  readonly ts?: number
}

export interface Answer {
  readonly id: string
  readonly outputs?: readonly Output[]
  readonly dropped?: number
  readonly stores?: readonly (readonly StoreRowOut[])[]
  readonly subtopologies?: number
  readonly internalTopics?: readonly string[]
  readonly error?: { readonly phase: 'build' | 'run'; readonly message: string }
  readonly unsupported?: string
}
