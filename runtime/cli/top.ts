// millrace top: the application, live, on a whole terminal. Where there is no terminal it is what
// `status --watch` is.

import process from 'node:process'
import type { Command } from 'commander'
import { signature } from './deed.ts'
import { lookAtStatus } from './status.ts'
import { findHost, type TargetOptions, withHost } from './target.ts'
import { show } from './watch.ts'

const EXAMPLES = `
Keys:
  1-7, Tab        hosts, tasks, the supervision tree, what moves or restores, stores, errors, events
  arrows, PgUp    move; Enter: everything known of the row; / filters, s sorts
  space           stand still; ? all keys; q leaves

Hosts are asked twice a second for what the open tab shows. Rates are what came in between.
p, u, r, x pause, resume, restart a task, or skip its record, Q puts it into quarantine, R resets it, m moves it to
a host that is asked for, M unpins one that was moved, d drains a host, f fences it, and both end that too, after a
question. Alerts that hold are named in the head: millrace alerts says what to do.

Examples:
  millrace top
  millrace top --app wordcount --broker file:./data
  NO_COLOR=1 millrace top                     signs instead of colours
  millrace top | tee log                      no terminal: status, again and again`

export function addTop(program: Command): void {
  withHost(program.command('top'))
    .description(
      'the application live, full screen: hosts, tasks, tree, moves, stores, errors, events',
    )
    .addHelpText('after', EXAMPLES)
    .action(top)
}

async function top(options: TargetOptions): Promise<void> {
  if (options.json || !isFullScreen(process)) {
    await show({ ...options, watch: true }, () => lookAtStatus(options))
    return
  }
  const [{ Feed }, { Terminal }, { Dashboard }, { askAdmin }] = await Promise.all([
    import('../dashboard/feed.ts'),
    import('../dashboard/terminal.ts'),
    import('../dashboard/dashboard.ts'),
    import('../admin/admin-client.ts'),
  ])
  const feed = new Feed({
    find: (except) => findHost(options, except),
    // What is ordered from the screen is signed as well.
    ask: (door, path, body, signal) => {
      const signed = body === undefined ? body : Object.assign({}, body, signature({}))
      return askAdmin(door, path, signed, signal)
    },
    now: Date.now,
  })
  await feed.open()
  const { stdin, stdout, env } = process
  const terminal = new Terminal(stdin, stdout, !env['NO_COLOR'])
  const dashboard = new Dashboard(feed, terminal)
  // Also when something is thrown where nobody waits for it: Node prints that after this.
  process.once('exit', () => terminal.close())
  for (const [signal, code] of ENDS) {
    process.once(signal, () => {
      dashboard.leave()
      terminal.close()
      process.exit(code)
    })
  }
  await dashboard.run()
  // A question that is still open would keep it.
  process.exit()
}

/** Signals that end it, and with what, as a shell counts. */
const ENDS: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]

/** Whether there is a terminal that can be drawn on and typed at. */
export const isFullScreen = ({
  stdin,
  stdout,
  env,
}: {
  readonly stdin: { readonly isTTY?: boolean }
  readonly stdout: { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}): boolean => stdin.isTTY === true && stdout.isTTY === true && env['TERM'] !== 'dumb'
