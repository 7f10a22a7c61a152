// What a manifest names is shown without a host, and without anything being made.

import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { manifestIn, millrace } from '../../kit/host-process.ts'
import { tempDir } from '../../kit/temp-dir.ts'

const directory = tempDir()
const moduleOf = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}/${name}.ts`, import.meta.url))
manifestIn(directory, { application: 'words', actors: [{ topology: moduleOf('wordcount') }] })

test('what a manifest names is shown without a host, and nothing is made', async () => {
  const before = readdirSync(directory)
  const text = await millrace(['topology', '--planned'], '', directory)
  assert.match(text.stdout, /^Topology: wordcount\n {2}Sub-topology: lines\n/)
  const dot = await millrace(['topology', '--planned', '--format', 'dot'], '', directory)
  assert.match(dot.stdout, /"topic words\.wordcount\.counts\.repartition"/)
  const { stdout } = await millrace(['topology', 'wordcount', '--planned', '--json'], '', directory)
  const [{ name, tasks }] = JSON.parse(stdout).topologies
  assert.equal([name, tasks], ['wordcount', {}])
  assert.equal(readdirSync(directory), before)
})

test('without a manifest, and of a graph of several, it says what to name', async () => {
  const nowhere = await millrace(['topology', '--planned'], '', tempDir())
  assert.equal([nowhere.code, /name one with --manifest/.test(nowhere.stderr)], [2, true])
  const several = tempDir()
  const modules = ['wordcount', 'top-products'].map(moduleOf)
  manifestIn(several, { application: 'app', actors: modules.map((topology) => ({ topology })) })
  const graph = await millrace(['topology', '--planned', '--format', 'mermaid'], '', several)
  assert.equal([graph.code, graph.stdout], [2, ''])
  assert.match(
    graph.stderr,
    /a graph is of one topology: name one of wordcount, top-products \[OPTION_INVALID\]/,
  )
})

test.run()
