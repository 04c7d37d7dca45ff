import { limits } from '@assay/core/event'
import { expect, it } from 'vitest'
import { fitProps, instant } from './fields.js'

const numbered = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, i]))

it.each<[string, object, object, number]>([
  ['scalars are kept as they are', { s: 'x', n: 1.5, b: false }, { s: 'x', n: 1.5, b: false }, 0],
  ['null says nothing', { a: null, b: undefined, c: '' }, { c: '' }, 0],
  ['objects and arrays are dropped', { o: { a: 1 }, l: [1], s: 'x' }, { s: 'x' }, 2],
  ['sixteen are kept, the first ones', numbered(20), numbered(limits.props), 4],
  ['what is dropped takes no place', { o: {}, ...numbered(16) }, numbered(16), 1],
  ['long text is dropped, not cut', { a: 'x'.repeat(1024), b: 'x'.repeat(1025) }, { a: 'x'.repeat(1024) }, 1],
  ['infinity is dropped', { n: Number.POSITIVE_INFINITY }, {}, 1],
  ['half a character is dropped', { a: '\ud800', '\ud800': 1 }, {}, 2],
  ['names events cannot hold are dropped', { $a: 1, '': 1, 'a\u0000': 1, ['n'.repeat(129)]: 1 }, {}, 4],
  ['names every object has are dropped', JSON.parse('{"__proto__":1,"constructor":2,"prototype":3}'), {}, 3],
])('%s', (_, given, props, dropped) => {
  expect(fitProps(given as Record<string, unknown>)).toEqual({ props, dropped })
})

it.each<[string, number | null]>([
  ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
  ['2026-01-31T12:00:00.123456+02:00', Date.UTC(2026, 0, 31, 10, 0, 0, 123)],
  ['2026-01-31T12:00:00', null],
  ['2026-01-31', null],
  ['2026-02-30T12:00:00Z', null],
  ['yesterday', null],
])('%s is a time, or none', (text, milliseconds) => {
  expect(instant.safeParse(text).data ?? null).toBe(milliseconds)
})
