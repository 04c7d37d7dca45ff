import { coverage } from '../../core/decide.js'
import type { Tests } from '../options.js'

/** A flag that is not split: all weight is on the first branch. */
const always = (first: string, other: string) => ({
  branches: [
    { name: first, weight: 1 },
    { name: other, weight: 0 },
  ],
})
export const staff = { email: 'ann@staff.example' }
/** Staff get the first branch, everybody else the other one, which is the control. */
const forStaff = (first: string, other: string) => ({ ...always(first, other), control: other, targeting: staff })

export const tests: Tests = {
  banner: { ...always('shown', 'hidden'), control: 'hidden', version: 3 },
  bannerOff: always('hidden', 'shown'),
  greeting: always('hello', 'bye'),
  silence: always('none', 'some'),
  rows: always('ten', 'one'),
  noRows: always('zero', 'one'),
  ratio: always('half', 'tenth'),
  noRatio: always('zero', 'tenth'),
  gallery: always('full', 'empty'),
  noGallery: always('empty', 'full'),
  staffBanner: { ...forStaff('hidden', 'hidden-too'), control: 'hidden' },
  staffText: forStaff('none', 'some'),
  staffRows: forStaff('zero', 'one'),
  staffRatio: forStaff('zero', 'half'),
  staffGallery: forStaff('empty', 'full'),
  audience: {
    ...forStaff('inside', 'outside'),
    targeting: { ...staff, age: { $gt: 10 }, role: 'admin', guest: false },
  },
  checkout: {
    branches: [
      { name: 'master', weight: 1 },
      { name: 'one-page', weight: 1 },
    ],
  },
  settled: { ...always('master', 'fast'), sticky: true },
  over: { ...always('master', 'fast'), ship: 'fast' },
  share: { ...always('on', 'off'), within: [coverage('share', 1)] },
  sale: always('true', 'false'),
  chat: { ...always('off', 'on'), control: 'on' },
  pageSize: always('50', '10'),
  discount: always('0.5', '1'),
  early: { ...forStaff('yes', 'no'), targeting: { tags: 'beta', since: { $lt: '2026-01-01' } } },
}
export const full = { pictures: true, title: 'Our best', perPage: 100 }
export const values = {
  silence: { none: '', some: 'some' },
  greeting: { hello: 'hi', bye: 'bye' },
  rows: { ten: 10, one: 1 },
  noRows: { zero: 0, one: 1 },
  ratio: { half: 0.5, tenth: 0.1 },
  noRatio: { zero: 0, tenth: 0.1 },
  gallery: { full, empty: {} },
  noGallery: { full, empty: {} },
  staffText: { none: '', some: 'some' },
  staffRows: { zero: 0, one: 1 },
  staffRatio: { zero: 0, half: 0.5 },
  staffGallery: { empty: {}, full },
}
