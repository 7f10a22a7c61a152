// Topologies as they are at work: topics and sub-topologies from left to right, the operators of each
// from its source down, and how much goes through, how busy it is, and what waits before it.

import { brief, count, rate } from './figures.mjs'
import { html } from './html.mjs'
import { edgeOf, NO_RATES, nameOf, sum, totalOf } from './looks.mjs'

/** @import { Html } from './html.mjs' */
/** @import { Rates, State, Task } from './state.ts' */
/** @import { TopologyDocument } from '../../admin/documents.ts' */

/** @typedef {TopologyDocument['topologies'][number]} Topology */
/** @typedef {Topology['subtopologies'][number]} Part */
/** @typedef {{ readonly x: number, readonly y: number, readonly width: number, readonly height: number }} Box */
/** @typedef {{ readonly size: { readonly width: number, readonly height: number }, readonly rows: readonly (readonly Part['nodes'][number][])[] }} Inside */

const NODE = { width: 152, height: 30, gapX: 12, gapY: 20 }
const STORE = 16
const HEAD = 78
const PAD = 14
const TOPIC = { width: 168, height: 40 }
const GAP = { x: 52, y: 22 }
/** A part of a thread above which a task is said to be at its limit. */
const FULL = 0.8

/** @param {State} state @returns {Html} */
export function topologyPage({ documents: { topology, tasks }, history }) {
  if (topology === undefined || tasks === undefined)
    return html`<p class="empty">Asking the host …</p>`
  return html`<div class="bar"><h1>Topology</h1><span class="quiet">What goes through, how busy it is, and what waits</span></div>
${topology.topologies.map((each) => {
  /** @param {string} part */
  const load = (part) => loadOf(tasks.tasks, history.rates, `${each.name}/${part}/`)
  return html`<section class="panel"><h2>${each.name}</h2><div class="dag-frame" tabindex="0" role="region" aria-label="Topology ${each.name}">${graph(each, load, history.edges)}</div></section>`
})}`
}

/**
 * @typedef {object} Load
 * @property {Rates} rates of all tasks together
 * @property {number} busiest part of a thread that the busiest task took
 * @property {number} lag
 * @property {'stalled' | 'full' | 'working' | 'idle' | 'absent'} pressure
 */

/**
 * What the tasks of a sub-topology do, and whether what comes is too much for them.
 * @param {readonly Task[]} tasks
 * @param {ReadonlyMap<string, Rates>} rates
 * @param {string} prefix
 * @returns {Load}
 */
export function loadOf(tasks, rates, prefix) {
  const mine = tasks.filter(({ id }) => id.startsWith(prefix))
  const each = mine.map((task) => rates.get(nameOf(task)) ?? NO_RATES)
  const busiest = Math.max(0, ...each.map(({ busy }) => busy))
  const total = totalOf(each)
  const isStalled = mine.some(({ state }) => state === 'running.stalled')
  const idleOr = total.in > 0 ? 'working' : 'idle'
  const pressure = isStalled ? 'stalled' : busiest >= FULL ? 'full' : idleOr
  return {
    ...{ rates: total, busiest, lag: sum(mine.map(({ lag }) => lag)) },
    pressure: mine.length === 0 ? 'absent' : pressure,
  }
}

const WORDS = {
  stalled: 'stalled: commits wait for the broker',
  full: 'running at its limit',
  working: 'running',
  idle: 'waits for records',
  absent: 'absent',
}

/**
 * @param {Topology} topology
 * @param {(part: string) => Load} load
 * @param {ReadonlyMap<string, number>} edges
 */
function graph(topology, load, edges) {
  const { boxes, size, inside } = layout(topology)
  const parts = topology.subtopologies
  const topics = [...new Set(parts.flatMap(topicsOf))]
  return html`<svg class="dag" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${topology.name}: ${count(parts.length)} sub-topologies, ${count(topics.length)} topics">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0.5L8 4L0 7.5z"/></marker></defs>
${parts.map((part) => card(part, topology.tasks[part.name] ?? 0, boxOf(boxes, partId(part)), inside.get(part.name), load(part.name)))}
${topics.map((name) => pill(name, boxOf(boxes, topicId(name))))}
${parts.map((part) => flows(part, boxes, inside.get(part.name)))}
${parts.flatMap((part) => passing(part, `${topology.name}/${part.name}`, boxes, inside.get(part.name), edges))}</svg>`
}

/** @param {Part} part */
const partId = ({ name }) => `part ${name}`
/** @param {string} name */
const topicId = (name) => `topic ${name}`
/** @param {ReadonlyMap<string, Box>} boxes @param {string} id @returns {Box} */
const boxOf = (boxes, id) => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }

/** @param {Part} part */
const topicsOf = ({ nodes, globals }) => [
  ...nodes.flatMap(({ topics }) => topics),
  ...globals.map(({ topic }) => topic),
]

/** What leads to what, topics and sub-topologies alone. @param {Topology} topology */
function links({ subtopologies }) {
  return subtopologies.flatMap((part) => [
    ...part.nodes.flatMap(({ kind, topics }) =>
      topics.map((topic) =>
        kind === 'source' ? [topicId(topic), partId(part)] : [partId(part), topicId(topic)],
      ),
    ),
    ...part.globals.map(({ topic }) => [topicId(topic), partId(part)]),
  ])
}

/**
 * How many steps each is from where the flow begins; a way back does not count.
 * @param {readonly string[]} ids
 * @param {readonly (readonly string[])[]} ways
 * @returns {ReadonlyMap<string, number>}
 */
export function ranks(ids, ways) {
  const found = new Map(ids.map((id) => [id, 0]))
  /** @type {Set<string>} */
  const open = new Set()
  /** @param {string} id @param {number} rank */
  const visit = (id, rank) => {
    if (open.has(id) || (found.get(id) ?? 0) > rank) return
    found.set(id, rank)
    open.add(id)
    for (const [from, to = ''] of ways) if (from === id) visit(to, rank + 1)
    open.delete(id)
  }
  for (const id of ids) if (ways.every(([, to]) => to !== id)) visit(id, 0)
  return found
}

/** @param {Topology} topology */
function layout(topology) {
  const inside = new Map(topology.subtopologies.map((part) => [part.name, insideOf(part)]))
  const sizes = new Map([
    ...topology.subtopologies
      .flatMap(topicsOf)
      .map((name) => /** @type {const} */ ([topicId(name), TOPIC])),
    ...topology.subtopologies.map(
      (part) => /** @type {const} */ ([partId(part), inside.get(part.name)?.size ?? TOPIC]),
    ),
  ])
  const ids = [...sizes.keys()]
  const rank = ranks(ids, links(topology))
  const columns = Array.from({ length: Math.max(0, ...rank.values()) + 1 }, (_, at) =>
    ids.filter((id) => rank.get(id) === at),
  )
  /** @param {string} id */
  const sizeOf = (id) => sizes.get(id) ?? TOPIC
  const heights = columns.map((each) => sum(each.map((id) => sizeOf(id).height + GAP.y)) - GAP.y)
  const height = Math.max(...heights)
  /** @type {Map<string, Box>} */
  const boxes = new Map()
  let x = 2
  for (const [at, column] of columns.entries()) {
    const width = Math.max(0, ...column.map((id) => sizeOf(id).width))
    let y = (height - (heights[at] ?? 0)) / 2 + 2
    for (const id of column) {
      const size = sizeOf(id)
      boxes.set(id, { x: x + (width - size.width) / 2, y, ...size })
      y += size.height + GAP.y
    }
    x += width + GAP.x
  }
  return { boxes, inside, size: { width: x - GAP.x + 2, height: height + 4 } }
}

/** @param {Part} part @returns {Inside} */
function insideOf(part) {
  const names = part.nodes.map(({ name }) => name)
  const rank = ranks(
    names,
    part.nodes.flatMap(({ name, to }) => to.map((next) => [name, next])),
  )
  const rows = Array.from({ length: Math.max(0, ...rank.values()) + 1 }, (_, at) =>
    part.nodes.filter(({ name }) => rank.get(name) === at),
  ).filter((row) => row.length > 0)
  const most = Math.max(1, ...rows.map((row) => row.length))
  const width = most * (NODE.width + NODE.gapX) - NODE.gapX + 2 * PAD
  const height = HEAD + sum(rows.map((row) => rowHeight(row) + NODE.gapY)) - NODE.gapY + PAD
  return { rows, size: { width: Math.max(width, 224), height } }
}

/** @param {readonly Part['nodes'][number][]} row */
const rowHeight = (row) =>
  NODE.height + STORE * Math.max(0, ...row.map(({ stores }) => stores.length))

/**
 * Where the operators of a sub-topology are, by name.
 * @param {Inside | undefined} inside
 * @param {Box} box
 * @returns {Map<string, Box>}
 */
function nodeBoxes(inside, box) {
  /** @type {Map<string, Box>} */
  const found = new Map()
  let y = box.y + HEAD
  for (const row of inside?.rows ?? []) {
    const width = row.length * (NODE.width + NODE.gapX) - NODE.gapX
    let x = box.x + (box.width - width) / 2
    for (const { name, stores } of row) {
      found.set(name, { x, y, width: NODE.width, height: NODE.height + STORE * stores.length })
      x += NODE.width + NODE.gapX
    }
    y += rowHeight(row) + NODE.gapY
  }
  return found
}

/**
 * @param {Part} part
 * @param {number} tasks
 * @param {Box} box
 * @param {Inside | undefined} inside
 * @param {Load} load
 */
function card(part, tasks, box, inside, { rates, busiest, lag, pressure }) {
  const nodes = nodeBoxes(inside, box)
  const [left, right] = [box.x + PAD, box.x + box.width - PAD]
  const track = box.width - 2 * PAD
  const said = `${part.name}: ${WORDS[pressure]}, ${rate(rates.in)} in, ${rate(rates.out)} out, lag ${count(lag)}, busiest task ${Math.round(busiest * 100)} % of a thread`
  return html`<g class="card ${pressure}"><title>${said}</title><rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="6"/>
<text class="title" x="${left}" y="${box.y + 21}">${shortened(part.name, track - 60)}</text><text class="end" x="${right}" y="${box.y + 21}">${count(tasks)} tasks</text>
<text x="${left}" y="${box.y + 41}">${rate(rates.in)} in, ${rate(rates.out)} out</text><text class="end" x="${right}" y="${box.y + 41}">lag ${brief(lag)}</text>
<rect class="track" x="${left}" y="${box.y + 51}" width="${track}" height="4" rx="2"/><rect class="busy" x="${left}" y="${box.y + 51}" width="${(track * busiest).toFixed(1)}" height="4" rx="2"/>
${part.nodes.map((node) => operator(node, boxOf(nodes, node.name)))}
<g class="ways">${part.nodes.flatMap(({ name, to }) => to.map((next) => html`<path d="${down(boxOf(nodes, name), boxOf(nodes, next))}" marker-end="url(#arrow)"/>`))}</g></g>`
}

/** @param {Part['nodes'][number]} node @param {Box} box */
function operator({ name, kind, stores }, { x, y, width, height }) {
  const isEnd = ['source', 'to', 'sink', 'repartition'].includes(kind)
  return html`<g class="operator${isEnd ? ' outer' : ''}"><title>${kind}: ${name}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/><text x="${x + width / 2}" y="${y + 19}">${shortened(kind, width - 12)}</text>${stores.map(
    (store, n) =>
      html`<text class="store" x="${x + width / 2}" y="${y + 34 + n * STORE}">▤ ${shortened(store, width - 30)}</text>`,
  )}</g>`
}

/** @param {string} name @param {Box} box */
const pill = (name, { x, y, width, height }) =>
  html`<g class="topic"><title>${name}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${height / 2}"/><text x="${x + width / 2}" y="${y + height / 2 + 4}">${shortened(name, width - 24)}</text></g>`

/**
 * From topics into a sub-topology, and from it to topics.
 * @param {Part} part
 * @param {ReadonlyMap<string, Box>} boxes
 * @param {Inside | undefined} inside
 */
function flows(part, boxes, inside) {
  const own = boxOf(boxes, partId(part))
  const nodes = nodeBoxes(inside, own)
  const outer = part.nodes.flatMap(({ name, kind, topics }) =>
    topics.map((topic) => {
      const [node, far] = [boxOf(nodes, name), boxOf(boxes, topicId(topic))]
      return kind === 'source' ? across(far, node) : across(node, far)
    }),
  )
  const looked = part.globals.map(({ topic }) => across(boxOf(boxes, topicId(topic)), own))
  return html`<g class="ways">${outer.map((d) => html`<path d="${d}" marker-end="url(#arrow)"/>`)}${looked.map((d) => html`<path class="global" d="${d}" marker-end="url(#arrow)"/>`)}</g>`
}

/**
 * How much goes along each way now: of all nodes that write one topic together, said once, at the first.
 * @param {Part} part
 * @param {string} id
 * @param {ReadonlyMap<string, Box>} boxes
 * @param {Inside | undefined} inside
 * @param {ReadonlyMap<string, number>} edges
 */
function passing(part, id, boxes, inside, edges) {
  const nodes = nodeBoxes(inside, boxOf(boxes, partId(part)))
  /** @type {Map<string, Html>} */
  const said = new Map()
  for (const { name, kind, topics } of part.nodes) {
    for (const topic of topics) {
      const isSource = kind === 'source'
      const edge = edgeOf(isSource ? 'in' : 'out', id, topic)
      const speed = edges.get(edge) ?? 0
      if (speed === 0 || said.has(edge)) continue
      const [node, far] = [boxOf(nodes, name), boxOf(boxes, topicId(topic))]
      const { x1, y1, x2, y2 } = isSource ? ends(far, node) : ends(node, far)
      said.set(
        edge,
        html`<text class="rate" x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2 - 5}">${rate(speed)}</text>`,
      )
    }
  }
  return [...said.values()]
}

/** @param {Box} a @param {Box} b */
function across(a, b) {
  const { x1, y1, x2, y2 } = ends(a, b)
  const bend = Math.max(24, Math.abs(x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** From the right of one to the left of the other. @param {Box} a @param {Box} b */
function ends(a, b) {
  /** @param {Box} box */
  const level = ({ y, height }) => (height === TOPIC.height ? y + 20 : y + Math.min(15, height / 2))
  return { x1: a.x + a.width, y1: level(a), x2: b.x, y2: level(b) }
}

/** @param {Box} a @param {Box} b */
function down(a, b) {
  const [x1, y1, x2, y2] = [a.x + a.width / 2, a.y + a.height, b.x + b.width / 2, b.y]
  const middle = (y1 + y2) / 2
  return x1 === x2
    ? `M${x1} ${y1}V${y2}`
    : `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`
}

/** As much of a text as fits, about; its end says more than its middle. @param {string} text @param {number} width */
export function shortened(text, width) {
  const most = Math.max(3, Math.floor(width / 6.6))
  if (text.length <= most) return text
  const head = Math.ceil((most - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`
}
