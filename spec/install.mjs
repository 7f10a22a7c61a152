// Makes node_modules what package-lock.json says, and does nothing when it is so already: no network
// is needed then. Plain JavaScript, because it runs before anything is installed.
//
// npm leaves in node_modules a lock of what it installed. Optional packages may be missing from it:
// they are the builds for other machines.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)

/** The packages of a lock file by path; null when it cannot be read. */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages
  } catch {
    return null // Not there, or broken: either way what is installed is not known.
  }
}

function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const found = packagesOf('node_modules/.package-lock.json')
  if (wanted === null || found === null) return false
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (found[path] === undefined ? optional : found[path].version === version),
  )
}

if (!isInstalled()) {
  const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }
  process.exitCode = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], options).status ?? 1
}
