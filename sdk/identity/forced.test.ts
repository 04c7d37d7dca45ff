import { expect, test } from 'vitest'
import { readForced } from './forced.js'

test.each<[string, Record<string, string | undefined>]>([
  ['?assay=checkout:one-page', { checkout: 'one-page' }],
  ['?a=b&assay=checkout:one-page,search:new#x', { checkout: 'one-page', search: 'new#x' }],
  ['?assay=checkout:a&assay=search:b', { checkout: 'a', search: 'b' }],
  ['?assay=checkout:a&assay=checkout:b', { checkout: 'b' }],
  ['?assay=caf%C3%A9%20au%20lait:n%2B1', { 'café au lait': 'n+1' }],
  ['?assay=team:checkout:one-page', { 'team:checkout': 'one-page' }],
  ['?assay=checkout', { checkout: undefined }],
  ['?assay=%E0%A4%A:x', { '\ufffd%A': 'x' }],
  ['?assay=', { '': undefined }],
  ['', { '': undefined }],
])('an address asks for branches: %s', (search, forced) => {
  expect(readForced(search)).toEqual(forced)
})

test('an address reaches nothing that every object has', () => {
  const forced = readForced('?assay=__proto__:x,constructor:y')
  expect([Object.getPrototypeOf(forced), forced.constructor, ({} as { x?: unknown }).x]).toEqual([
    Object.prototype,
    'y',
    undefined,
  ])
})
