// How the console looks: one accent, light and dark as the reader's system is, numbers in columns.

export const consoleStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f7; --panel: #ffffff; --raised: #eef1f1; --rule: #dde2e2;
  --ink: #182022; --quiet: #5c6a6d;
  --accent: #0b6f77; --tint: #e0f0f0; --good: #0b6f77; --warn: #8a5a00; --bad: #b3261e; --bad-tint: #fbeceb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111618; --panel: #182023; --raised: #202a2d; --rule: #2c383c;
    --ink: #e2e9ea; --quiet: #94a4a8;
    --accent: #5cc4c9; --tint: #17393c; --good: #5cc4c9; --warn: #e3b45c; --bad: #ff8f85; --bad-tint: #3a1f1e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, ul, dl, figure { margin: 0; padding: 0; }
h1 { font-size: 18px; font-weight: 600; }
h2 { font-size: 13px; font-weight: 600; overflow-wrap: anywhere; }
h3 { font-size: 12px; font-weight: 600; color: var(--quiet); margin: 16px 0 4px; }
ul { list-style: none; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.quiet, .empty { color: var(--quiet); }
.empty { padding: 24px 0; }
.unseen, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip:focus { position: absolute; z-index: 2; padding: 8px 12px; background: var(--panel); }

.head {
  display: flex; align-items: center; gap: 8px 24px; padding: 0 24px; min-height: 48px;
  background: var(--panel); border-bottom: 1px solid var(--rule); position: sticky; top: 0; z-index: 1;
}
.name { display: flex; gap: 12px; align-items: center; white-space: nowrap; font-size: 15px; }
.name .state, .pulse { font-size: 13px; }
.pulse { margin-left: auto; white-space: nowrap; }
nav { display: flex; gap: 2px; overflow-x: auto; align-self: stretch; scrollbar-width: none; }
nav a {
  display: flex; align-items: center; gap: 6px; padding: 0 10px; color: var(--quiet); white-space: nowrap;
  border-bottom: 2px solid transparent; border-top: 2px solid transparent;
}
nav a:hover { color: var(--ink); text-decoration: none; }
nav a:focus-visible { outline-offset: -3px; }
nav a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600; }
.badge { background: var(--bad); color: var(--panel); border-radius: 9px; padding: 0 6px; font-size: 11px; font-weight: 600; }
.trouble { padding: 8px 24px; background: var(--bad-tint); color: var(--bad); }
main { padding: 20px 24px 48px; max-width: 1440px; margin: 0 auto; display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
.bar { display: flex; align-items: center; gap: 8px 16px; flex-wrap: wrap; }

.state { display: inline-flex; gap: 6px; align-items: baseline; white-space: nowrap; }
.state i { font-style: normal; font-size: 10px; width: 10px; text-align: center; }
.good i { color: var(--good); }
.bad, .bad i { color: var(--bad); }
.warn, .warn i { color: var(--warn); }
.way i, .held i { color: var(--quiet); }

.old > * { opacity: 0.6; }
p + .scroll { margin-top: 8px; }

.panels { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); }
.panel { background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: 14px 16px; min-width: 0; }
.panel > h2 { margin-bottom: 10px; }
.unwell { border-color: var(--bad); }
.verdict { font-size: 24px; font-weight: 600; margin-bottom: 4px; }
.verdict i { font-size: 16px; width: 16px; }
.reasons li { padding: 1px 0; }
.alerts li + li, .alerts + p, dl + p { margin-top: 10px; }
.tally li { display: flex; gap: 10px; align-items: baseline; }
.tally b { font-size: 24px; font-weight: 600; min-width: 2ch; text-align: right; }
dl { display: grid; gap: 3px; }
.panel dl { margin-top: 10px; }
.panel > h2 + dl { margin-top: 0; }
dl div { display: grid; grid-template-columns: 8.5em minmax(0, 1fr); gap: 12px; }
dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
figcaption { display: flex; justify-content: space-between; align-items: baseline; }
figcaption > span { font-size: 13px; font-weight: 600; }
figcaption .quiet { font-weight: 400; }
figcaption b { font-size: 22px; font-weight: 600; }
.chart { display: block; width: 100%; height: 72px; margin: 8px 0 4px; }
.chart path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.chart .line { stroke: var(--accent); stroke-width: 1.5; }
.chart .ground { stroke: var(--rule); }
.axis { display: flex; justify-content: space-between; color: var(--quiet); font-size: 12px; }

.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 14px; vertical-align: baseline; }
th { color: var(--quiet); font-size: 12px; font-weight: 500; border-bottom: 1px solid var(--rule); white-space: nowrap; }
td { border-top: 1px solid var(--rule); }
tbody tr:first-child td { border-top: 0; }
tbody tr:hover td { background: var(--raised); }
tbody tr.open td { background: var(--tint); }
.number { text-align: right; white-space: nowrap; }
th button { all: unset; cursor: pointer; }
th button:hover { color: var(--ink); }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
th button span { display: inline-block; width: 12px; text-align: center; color: var(--accent); }
.number button span { margin-right: -12px; }
.inner th, .inner td { padding: 3px 0 3px 12px; }
.inner th:first-child, .inner td:first-child { padding-left: 0; overflow-wrap: anywhere; }

.split { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); align-items: start; }
.details { background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: 14px 16px; min-width: 0; }
.details header { display: flex; justify-content: space-between; gap: 12px; margin-bottom: 10px; }
.details h2 { font-size: 15px; }
.fault { border-left: 3px solid var(--bad); background: var(--bad-tint); padding: 8px 12px; border-radius: 0 4px 4px 0; margin: 8px 0; overflow-wrap: anywhere; }
.tree ul ul { margin-left: 7px; padding-left: 15px; border-left: 1px solid var(--rule); }
.actor { display: inline-flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; padding: 1px 0; }

.panel .empty, .details .empty, .block .empty { padding: 2px 0; }
.block > h2 { margin-bottom: 8px; }
.nowrap { white-space: nowrap; }
.orders { display: flex; flex-wrap: wrap; gap: 6px; }
.orders button, .ask .plain {
  font: inherit; font-size: 13px; color: var(--accent); background: transparent; border: 1px solid var(--rule);
  border-radius: 4px; padding: 2px 10px; cursor: pointer; white-space: nowrap;
}
.orders button:hover { background: var(--tint); border-color: var(--accent); }
.details .orders, .panel > .orders { margin: 8px 0; }
button.link { all: unset; color: var(--accent); cursor: pointer; }
button.link:hover { text-decoration: underline; }
button.link:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.ask {
  color: var(--ink); background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 20px 22px;
  width: min(460px, calc(100vw - 28px)); box-shadow: 0 12px 40px rgb(0 0 0 / 0.25);
}
.ask::backdrop { background: rgb(0 0 0 / 0.45); }
.ask form { display: grid; gap: 12px; margin: 0; align-items: stretch; }
.ask h2 { font-size: 16px; }
.ask .ends { display: flex; justify-content: flex-end; gap: 8px; }
.ask button { text-transform: capitalize; }
.ask .plain { color: var(--ink); background: transparent; border-color: var(--rule); font-size: 14px; font-weight: 400; }
.note {
  position: fixed; right: 24px; bottom: 24px; z-index: 3; max-width: calc(100vw - 48px); padding: 10px 16px;
  background: var(--ink); color: var(--ground); border-radius: 6px; overflow-wrap: anywhere;
}

.timeline { list-style: none; margin: 0; padding: 0 0 0 6px; }
.timeline li { position: relative; padding: 0 0 12px 20px; border-left: 1px solid var(--rule); }
.timeline li:last-child { padding-bottom: 0; border-left-color: transparent; }
.timeline li::before {
  content: ""; position: absolute; left: -5px; top: 6px; width: 9px; height: 9px; border-radius: 50%;
  background: var(--panel); border: 2px solid var(--quiet); box-sizing: border-box;
}
.timeline .deed::before { background: var(--accent); border-color: var(--accent); }
.timeline .warn::before { background: var(--warn); border-color: var(--warn); }
.timeline .bad::before { background: var(--bad); border-color: var(--bad); }
.timeline p { overflow-wrap: anywhere; color: var(--ink); }
.timeline time { color: var(--quiet); display: inline-block; min-width: 7.5em; }
.more { margin-top: 10px; }

.replays { display: grid; gap: 10px; }
.replays li { display: grid; grid-template-columns: minmax(0, 1fr) minmax(80px, 1fr) minmax(0, 1fr); gap: 4px 14px; align-items: center; }
progress { appearance: none; width: 100%; height: 8px; border: 0; border-radius: 4px; background: var(--raised); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--raised); border-radius: 4px; }
progress::-webkit-progress-value { background: var(--accent); border-radius: 4px; }
progress::-moz-progress-bar { background: var(--accent); }

.life { display: block; width: 100%; max-width: 520px; height: auto; margin: 6px 0 2px; }
.life text { font-size: 12px; fill: var(--ink); text-anchor: middle; }
.life rect { fill: var(--panel); stroke: var(--rule); }
.life .group rect { fill: var(--raised); stroke: none; }
.life .group text { text-anchor: start; fill: var(--quiet); font-size: 11px; }
.life .box.here rect { fill: var(--accent); stroke: var(--accent); }
.life .box.here text { fill: var(--panel); font-weight: 600; }
.life .bad.here rect { fill: var(--bad); stroke: var(--bad); }
.ways path { fill: none; stroke: var(--quiet); stroke-width: 1; }
marker path { fill: var(--quiet); }

.stays { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 6px 0 0; padding: 0; }
.stays li + li::before { content: "→"; color: var(--quiet); margin-right: 14px; }

.dag-frame { overflow-x: auto; }
.dag { display: block; margin: 4px auto; }
.dag text { font-size: 12px; fill: var(--ink); }
.dag .card > rect:first-of-type { fill: var(--raised); stroke: var(--rule); }
.dag .card > text { fill: var(--quiet); }
.dag .card > .title { fill: var(--ink); font-size: 13px; font-weight: 600; }
.dag .end { text-anchor: end; }
.dag .card > .track { fill: var(--rule); }
.dag .card > .busy { fill: var(--good); }
.dag .full > .busy, .dag .stalled > .busy { fill: var(--warn); }
.dag .card.full > rect:first-of-type { stroke: var(--warn); stroke-width: 2; }
.dag .card.stalled > rect:first-of-type, .dag .card.absent > rect:first-of-type { stroke: var(--bad); stroke-width: 2; }
.dag .operator rect { fill: var(--panel); stroke: var(--rule); }
.dag .operator.outer rect { stroke: var(--accent); }
.dag .operator text, .dag .topic text { text-anchor: middle; }
.dag .operator .store { fill: var(--accent); font-size: 11px; }
.dag .topic rect { fill: var(--tint); stroke: var(--accent); }
.dag .global { stroke-dasharray: 4 3; }
.dag .rate { text-anchor: middle; font-size: 11px; paint-order: stroke; stroke: var(--panel); stroke-width: 4px; }

input, select, form button {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--rule); border-radius: 4px;
  padding: 5px 9px; min-width: 0; max-width: 100%;
}
input[type="search"] { width: 260px; }
input::placeholder { color: var(--quiet); opacity: 1; }
form { display: flex; flex-wrap: wrap; gap: 10px; align-items: end; margin-bottom: 10px; }
form label { display: grid; gap: 2px; color: var(--quiet); font-size: 12px; }
form input, form select { color: var(--ink); font-size: 14px; }
form input, form select, form button { height: 34px; }
form button { background: var(--accent); border-color: var(--accent); color: var(--panel); font-weight: 600; cursor: pointer; padding: 5px 16px; }

@media (min-width: 1000px) {
  .both { grid-template-columns: minmax(0, 3fr) minmax(340px, 2fr); }
  .both:not(.wide) .extra { display: none; }
  .lately li { display: flex; gap: 14px; }
  .lately li p:first-child { min-width: 25em; }
}
@media (max-width: 700px) {
  .extra { display: none; }
  .replays li { grid-template-columns: minmax(0, 1fr); }
  .note { right: 14px; left: 14px; bottom: 14px; }
  .head { flex-wrap: wrap; padding: 10px 14px 0; gap: 4px 16px; }
  nav { order: 3; width: calc(100% + 28px); margin: 0 -14px; padding: 0 4px; height: 40px; }
  main { padding: 14px 14px 40px; }
  th, td { padding: 6px; font-size: 13px; }
  .trouble { padding: 8px 14px; }
  input[type="search"] { width: 100%; }
  form label, form input, form select { width: 100%; }
}
`
