// A door is a short cut to a host: it is there while the host can be asked, and missing it costs nothing.

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { applicationsWithDoors, doorsIn, openDoor } from '#runtime/process/doors'
import { forsaken, listening } from '../../kit/socket-server.ts'
import { tempDir } from '../../kit/temp-dir.ts'

test('a door is seen by its application until it is taken away', async () => {
  const directory = tempDir()
  assert.equal(applicationsWithDoors(directory), [])
  assert.equal(doorsIn(directory, 'a'), [])
  const close = await openDoor(directory, 'a', { id: 'one', socket: '/s/one' })
  assert.equal(doorsIn(directory, 'a'), [{ id: 'one', socket: '/s/one' }])
  assert.equal(doorsIn(directory, 'b'), [])
  assert.equal(applicationsWithDoors(directory), ['a'])
  close()
  close()
  assert.equal(doorsIn(directory, 'a'), [])
})

test('a host takes away the doors of those that are gone, and no other', async () => {
  const directory = tempDir()
  const socket = join(directory, 's')
  const left = await forsaken(join(directory, 'k'))
  const server = await listening(socket)
  await openDoor(directory, 'a', { id: 'living', socket })
  await openDoor(directory, 'b', { id: 'elsewhere', socket: '/nowhere' })
  await openDoor(directory, 'a', { id: 'killed', socket: left })
  await openDoor(directory, 'a', { id: 'new', socket })
  const ids = (application: string) => doorsIn(directory, application).map(({ id }) => id)
  assert.equal([ids('a'), ids('b')], [['living', 'new'], ['elsewhere']])
  server.close()
})

test('a host that starts again is behind the door it had', async () => {
  const directory = tempDir()
  await openDoor(directory, 'a', { id: 'one', socket: '/old' })
  await openDoor(directory, 'a', { id: 'one', socket: '/new' })
  assert.equal(doorsIn(directory, 'a'), [{ id: 'one', socket: '/new' }])
})

test('where no door can be made there is none, and nobody fails', async () => {
  const directory = tempDir()
  writeFileSync(join(directory, 'doors'), 'a file')
  const close = await openDoor(directory, 'a', { id: 'one', socket: '/s' })
  assert.equal(doorsIn(directory, 'a'), [])
  close()
  rmSync(join(directory, 'doors'))
  mkdirSync(join(directory, 'doors', 'a', 'one'), { recursive: true })
  assert.equal(doorsIn(directory, 'a'), [])
  ;(await openDoor(directory, 'a', { id: 'one', socket: '/s' }))()
  assert.ok(existsSync(join(directory, 'doors', 'a', 'one')))
})

test.run()
