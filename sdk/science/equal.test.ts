import { describe, expect, test } from 'vitest'
import { equal, sameErrors } from './equal.js'

class Gone extends Error {}
class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}
class Hidden {
  #value: number
  constructor(value: number) {
    this.#value = value
  }
  get value() {
    return this.#value
  }
}
const cycle = (name: string) => {
  const o: Record<string, unknown> = { name }
  o.self = o
  return o
}
const alternating = () => {
  const [a, b] = [{ next: {} }, { next: {} }]
  a.next = b
  b.next = a
  return a
}

test.each<[string, unknown, unknown, boolean]>([
  ['numbers', 1, 1, true],
  ['a number and its text', 1, '1', false],
  ['not a number', NaN, NaN, true],
  ['null and undefined', null, undefined, false],
  ['objects of the same keys in another order', { a: 1, b: [2] }, { b: [2], a: 1 }, true],
  ['a key more', { a: 1 }, { a: 1, b: undefined }, false],
  ['a key of another name', { a: undefined }, { b: undefined }, false],
  ['deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, false],
  ['an array and an object', [], {}, false],
  ['empty arrays', [], [], true],
  ['arrays of other lengths', [1], [1, 2], false],
  ['an array with a hole', [undefined], Array(1), false],
  ['an empty array and one of a hole', [], Array(1), false],
  ['an instance and a plain object', new Point(1, 2), { x: 1, y: 2 }, true],
  ['other instances', new Point(1, 2), new Point(1, 3), false],
  ['the same date', new Date(5), new Date(5), true],
  ['another date', new Date(5), new Date(6), false],
  ['the same address', new URL('http://a/'), new URL('http://a/'), true],
  ['another address', new URL('http://a/'), new URL('http://b/'), false],
  [
    'maps in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
    true,
  ],
  ['maps of other values', new Map([['a', 1]]), new Map([['a', 2]]), false],
  ['sets in another order', new Set([1, 2]), new Set([2, 1]), true],
  ['sets of other items', new Set([1, 2]), new Set([1, 3]), false],
  ['bytes as a buffer', new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer, true],
  ['bytes from the middle', new Uint8Array([0, 1, 2]).subarray(1), new Uint8Array([1, 2]), true],
  ['other numbers', new Float64Array([1]), new Float64Array([2]), false],
  ['more bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2, 3]), false],
  ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
  ['other bytes', new Uint8Array([1, 2]), new Uint8Array([1, 3]), false],
  ['what shows nothing, of one value', new Hidden(1), new Hidden(1), false],
  ['functions', () => 1, () => 1, false],
  ['errors of one message', new TypeError('a'), new TypeError('a'), true],
  ['errors of other classes', new TypeError('a'), new RangeError('a'), false],
  ['cycles', cycle('a'), cycle('a'), true],
  ['cycles of other names', cycle('a'), cycle('b'), false],
  ['a cycle of one against a cycle of two', cycle('a').self, { name: 'a', self: cycle('a') }, true],
  ['two cycles of two', alternating(), alternating(), true],
])('%s', (_, one, other, is) => {
  expect(equal(one, other)).toBe(is)
  expect(equal(other, one)).toBe(is)
})

describe('what is large', () => {
  const most = 2e5
  const shared = { a: [1] }
  const list = (length: number) => Array.from({ length }, (_, i) => ({ i }))
  /** An object whose every field is the object before, so that paths through it are 2 to the number of levels. */
  const lattice = (levels: number): object =>
    Array.from({ length: levels }).reduce<object>((below) => ({ left: below, right: below }), {})
  test.each<[string, () => unknown, () => unknown, boolean]>([
    ['bytes', () => new Uint8Array(1e7), () => new Uint8Array(1e7), true],
    ['lists', () => list(most), () => list(most), true],
    ['lists that end otherwise', () => list(most), () => [...list(most - 1), { i: 0 }], false],
    [
      'one object often, and others like it',
      () => Array(most).fill(shared),
      () => list(most).map(() => ({ a: [1] })),
      true,
    ],
    ['a lattice', () => lattice(60), () => lattice(60), true],
    ['a list with a hole to its end', () => Array(2 ** 32 - 1), () => Array(2 ** 32 - 1), true],
  ])('%s: in time that grows as it does', (_, one, other, is) => {
    const [a, b] = [one(), other()]
    const start = performance.now()
    expect(equal(a, b)).toBe(is)
    expect(equal(b, a)).toBe(is)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})

test.each<[string, unknown, unknown, boolean]>([
  ['one class and message', RangeError('a'), RangeError('a'), true],
  ['another message', RangeError('a'), RangeError('b'), false],
  ['another class', RangeError('a'), TypeError('a'), false],
  ['a class without a name of its own', new Gone('a'), Error('a'), false],
  ['the same by its name alone', new Gone('a'), Object.assign(Error('a'), { name: 'Gone' }), true],
  ['thrown values', { code: 1 }, { code: 1 }, true],
  ['a thrown value and an error', 'a', Error('a'), false],
])('what was thrown: %s', (_, one, other, is) => {
  expect(sameErrors(one, other)).toBe(is)
})
