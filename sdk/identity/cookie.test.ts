import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCookie, writeCookie } from './cookie.js'

const user = 'V1StGXR8_Z5jdHi6B-myT'

test.each<[string, string, ReturnType<typeof readCookie>]>([
  ['alone', `assay=1.${user}`, { user, sticky: {} }],
  ['among others', `a=b; assay=1.${user}; c=d`, { user, sticky: {} }],
  [
    'with branches',
    `assay=1.${user}|checkout:one-page|a%3Ab:c%7Cd`,
    { user, sticky: { checkout: 'one-page', 'a:b': 'c|d' } },
  ],
  ['none', '', null],
  ['another one whose name ends so', `notassay=1.${user}`, null],
  ['of a later version', `assay=2.${user}`, null],
  ['without an id', 'assay=1.', null],
  ['an id with what does not belong there', 'assay=1.<script>alert(1)</script>', null],
  ['an id too long', `assay=1.${'x'.repeat(65)}`, null],
  ['branches that are not encoded well', `assay=1.${user}|%E0%A4%A:b`, { user, sticky: {} }],
])('read: %s', (_, header, content) => {
  expect(readCookie(header)).toEqual(content)
})

test('what is written is read, whatever tests and branches are called', () => {
  const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  const branches = fc.uniqueArray(fc.tuple(name, name), { maxLength: 32, selector: ([test]) => test })
  fc.assert(
    fc.property(branches, (pairs) => {
      const sticky = Object.fromEntries(pairs)
      const [pair] = writeCookie({ user, sticky }, true, {}).split('; ')
      expect(pair).toMatch(/^assay=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/)
      expect(readCookie(`x=y; ${pair}`)).toEqual({ user, sticky })
    }),
  )
})

test('no more than 32 branches are kept, the newest', () => {
  const sticky = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, 'b']))
  const kept = readCookie(writeCookie({ user, sticky }, false, {}).split('; ')[0]!)!.sticky
  expect(Object.keys(kept)).toEqual(Object.keys(sticky).slice(8))
})

test('no more is kept than browsers take, the newest', () => {
  const sticky = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${i}-${'é'.repeat(20)}`, 'x'.repeat(80)]))
  const [pair] = writeCookie({ user: 'x'.repeat(64), sticky }, false, {}).split('; ')
  const kept = Object.keys(readCookie(pair!)!.sticky)
  expect(pair!.length).toBeLessThanOrEqual(4000)
  expect(kept.length).toBeGreaterThan(15)
  expect(kept).toEqual(Object.keys(sticky).slice(-kept.length))
  expect(writeCookie({ user, sticky: { a: 'x'.repeat(5000) } }, false, {})).toMatch(`assay=1.${user}; `)
})

test('names that are no text for a cookie cost no other its place', () => {
  const [pair] = writeCookie({ user, sticky: { '\ud800': 'a', b: 'c' } }, false, {}).split('; ')
  expect(readCookie(pair!)).toEqual({ user, sticky: { b: 'c' } })
})
