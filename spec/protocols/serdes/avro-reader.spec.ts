// Damage in an Avro datum is found before anything is made of it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serde } from '#protocols/serdes/serdes'
import { decoded } from '#protocols/serdes/whole'
import { refusesBytes, written } from '../../kit/round-trip.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const list = serde.avro({ type: 'array', items: 'int' })

test('counts and lengths larger than what is left are refused, however large', () => {
  for (const huge of ['08', '8080808008', 'feffffffffffffff7f', '8080808080808010']) {
    refusesBytes(list, bytes(`${huge}02`), /ends too soon|53 bits/)
    refusesBytes(serde.avro({ type: 'map', values: 'int' }), bytes(huge), /ends too soon|53 bits/)
    refusesBytes(serde.avro('string'), bytes(huge), /ends too soon|53 bits/)
    refusesBytes(serde.avro('bytes'), bytes(huge), /ends too soon|53 bits/)
  }
  refusesBytes(serde.avro('string'), bytes('01'), /a length is -1/)
})

test('blocks that say their size are read, and several blocks one after another', () => {
  assert.equal(decoded(list, bytes('0304020400')), [1, 2])
  assert.equal(decoded(list, bytes('020204040600')), [1, 2, 3])
})

test('an int of more than 32 bits is refused', () => {
  refusesBytes(serde.avro('int'), written(serde.avro('long'), 2 ** 31), /an int is 2147483648/)
})

test('a long of more than 53 bits is refused, not rounded', () => {
  const big = serde.avro<bigint>('long', { bigint: true })
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) {
    refusesBytes(serde.avro('long'), written(big, value), new RegExp(`the long ${value} has more`))
    assert.is(decoded(big, written(big, value)), value)
  }
})

test('a number of more than 64 bits is refused', () => {
  refusesBytes(serde.avro('long', { bigint: true }), bytes('ffffffffffffffffff02'), /64 bits/)
  refusesBytes(serde.avro('long'), bytes('ffffffffffffffffffff01'), /64 bits/)
})

test('booleans, branches and symbols that are not there are refused', () => {
  refusesBytes(serde.avro('boolean'), bytes('02'), /a boolean is 2/)
  refusesBytes(serde.avro(['null', 'int']), bytes('04'), /no branch 2/)
  refusesBytes(serde.avro({ type: 'enum', name: 'E', symbols: ['A'] }), bytes('02'), /no symbol 1/)
})

test.run()
