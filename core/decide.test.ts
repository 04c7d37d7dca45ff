import { expect, test } from 'vitest'
import { assign, bucket } from './assign.js'
import { type ClientTest, coverage, type Decision, decide, holdout, namespace, type Subject } from './decide.js'

const branches = [
  { name: 'master', weight: 1 },
  { name: 'one-page', weight: 1 },
]
const users = Array.from({ length: 20_000 }, (_, i) => `user-${i}`)
const inMaster = users.find((user) => assign(user, 'checkout', branches) === 'master')!
const always = () => true

test.each<[string, Partial<ClientTest>, Partial<Subject>, Decision]>([
  ['a split', {}, {}, { branch: 'master', reason: 'split' }],
  ['a forced branch', {}, { forced: { checkout: 'one-page' } }, { branch: 'one-page', reason: 'forced' }],
  ['a forced branch that the test has not', {}, { forced: { checkout: 'x' } }, { branch: 'master', reason: 'split' }],
  ['a forced branch of another test', {}, { forced: { search: 'one-page' } }, { branch: 'master', reason: 'split' }],
  ['a test that is over', { ship: 'one-page' }, {}, { branch: 'one-page', reason: 'shipped' }],
  [
    'a forced branch of a test that is over',
    { ship: 'one-page' },
    { forced: { checkout: 'master' } },
    { branch: 'master', reason: 'forced' },
  ],
  ['nobody covered', { within: [coverage('checkout', 0)] }, {}, { branch: 'master', reason: 'left-out' }],
  ['everybody covered', { within: [coverage('checkout', 1)] }, {}, { branch: 'master', reason: 'split' }],
  ['all held out', { within: [holdout('global', 1)] }, {}, { branch: 'master', reason: 'left-out' }],
  [
    'a control of another name',
    { control: 'one-page', within: [coverage('checkout', 0)] },
    {},
    { branch: 'one-page', reason: 'left-out' },
  ],
  [
    'a branch from before',
    { sticky: true },
    { sticky: { checkout: 'one-page' } },
    { branch: 'one-page', reason: 'sticky' },
  ],
  [
    'a branch from before that is gone',
    { sticky: true },
    { sticky: { checkout: 'old' } },
    { branch: 'master', reason: 'split' },
  ],
  [
    'a branch from before in a test that does not stick',
    {},
    { sticky: { checkout: 'one-page' } },
    { branch: 'master', reason: 'split' },
  ],
  [
    'a branch from before and no more in the test',
    { sticky: true, within: [coverage('checkout', 0)] },
    { sticky: { checkout: 'one-page' } },
    { branch: 'master', reason: 'left-out' },
  ],
  ['a user who is out', {}, { isOut: always }, { branch: 'master', reason: 'left-out' }],
])('%s', (_, change, subject, decision) => {
  expect(decide('checkout', { branches, ...change }, { user: inMaster, ...subject }, always)).toEqual(decision)
})

test.each([
  [true, 'split'],
  [false, 'left-out'],
])('targeting that says %s: %s', (says, reason) => {
  const asked: unknown[] = []
  const matches = (...given: unknown[]) => {
    asked.push(given)
    return says
  }
  const targeting = { country: 'de' }
  const attributes = { country: 'at' }
  expect(decide('checkout', { branches, targeting }, { user: 'ann', attributes }, matches).reason).toBe(reason)
  expect(asked).toEqual([[targeting, attributes]])
})

const isIn = (user: string, testId: string, test: Partial<ClientTest>) =>
  decide(testId, { branches, ...test }, { user }, always).reason === 'split'
const shareOf = (test: Partial<ClientTest>, testId = 'checkout') =>
  users.filter((user) => isIn(user, testId, test)).length / users.length
/** Five standard errors of a share of so many users. */
const tolerance = 5 * Math.sqrt(0.25 / users.length)
const chiSquare = (cells: { count: number; expected: number }[]) =>
  cells.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0)

test('a tenth of users is covered, and stays so as coverage grows', () => {
  const tenth = { within: [coverage('checkout', 0.1)] }
  const half = { within: [coverage('checkout', 0.5)] }
  expect(Math.abs(shareOf(tenth) - 0.1)).toBeLessThan(tolerance)
  expect(users.filter((u) => isIn(u, 'checkout', tenth)).every((u) => isIn(u, 'checkout', half))).toBe(true)
})

test('who is covered says nothing about the branch', () => {
  const covered = users.filter((user) => isIn(user, 'checkout', { within: [coverage('checkout', 0.5)] }))
  const share = covered.filter((user) => assign(user, 'checkout', branches) === 'master').length / covered.length
  expect(Math.abs(share - 0.5)).toBeLessThan(tolerance * Math.SQRT2)
})

test('tests in parts of a namespace share no user, and together have all of it', () => {
  const parts = [namespace('pricing', 0, 0.3), namespace('pricing', 0.3, 1)]
  for (const user of users) expect(parts.filter((part) => isIn(user, 'any', { within: [part] })).length).toBe(1)
})

test('a holdout keeps the same users out of every test', () => {
  const within = [holdout('global', 0.2)]
  const out = users.filter((user) => !isIn(user, 'checkout', { within }))
  expect(Math.abs(out.length / users.length - 0.2)).toBeLessThan(tolerance)
  expect(out.some((user) => isIn(user, 'search', { within }))).toBe(false)
})

test('a range is the users whose place under its name is in it', () => {
  for (const user of users.slice(0, 1000)) {
    const place = bucket(user, 'coverage:checkout')
    expect(isIn(user, 'checkout', { within: [coverage('checkout', 0.37)] })).toBe(place < 0.37)
  }
})

test('a namespace, a holdout, coverage and the branch are independent of one another', () => {
  const parts: [NonNullable<ClientTest['within']>, share: number][] = [
    [[namespace('pricing', 0.2, 0.6)], 0.4],
    [[holdout('global', 0.25)], 0.75],
    [[coverage('checkout', 0.5)], 0.5],
  ]
  const cells = new Map<string, { count: number; expected: number }>()
  for (const user of users) {
    const places = parts.map(([within]) => isIn(user, 'checkout', { within }))
    const key = `${places} ${assign(user, 'checkout', branches)}`
    const share = parts.reduce((product, [, part], i) => product * (places[i] ? part : 1 - part), 0.5)
    const cell = cells.get(key) ?? { count: 0, expected: users.length * share }
    cells.set(key, { ...cell, count: cell.count + 1 })
  }
  expect(cells.size).toBe(16)
  // Chi-square of 15 degrees of freedom: above it once in a thousand.
  expect(chiSquare([...cells.values()])).toBeLessThan(37.7)
})

test('all that a test asks for must hold, and the share of users is their product', () => {
  const within = [namespace('pricing', 0.2, 0.6), holdout('global', 0.25), coverage('checkout', 0.5)]
  expect(Math.abs(shareOf({ within }) - 0.4 * 0.75 * 0.5)).toBeLessThan(tolerance)
  for (const user of users.slice(0, 2000))
    expect(isIn(user, 'checkout', { within })).toBe(within.every((one) => isIn(user, 'checkout', { within: [one] })))
})

test('tests of one namespace and one holdout, covered alike, split their users apart from one another', () => {
  const within = [namespace('pricing', 0, 1), holdout('global', 0.2)]
  const both = users.filter((user) => isIn(user, 'checkout', { within }) && isIn(user, 'search', { within }))
  const same = both.filter((user) => assign(user, 'checkout', branches) === assign(user, 'search', branches))
  expect(both.length / users.length).toBeCloseTo(0.8, 1)
  expect(Math.abs(same.length / both.length - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / both.length))
})

test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('%s is a test id as others', (testId) => {
  const test: ClientTest = { branches, sticky: true }
  const subject = (named: object) => ({ user: inMaster, forced: {}, sticky: {}, ...named })
  const own = JSON.parse(`{"${testId}":"one-page"}`)
  const split = branches.map(({ name }) => name)
  const usual = decide(testId, test, subject({}), always)
  expect([split.includes(usual.branch), usual.reason]).toEqual([true, 'split'])
  expect(decide(testId, test, subject({ forced: own }), always)).toEqual({ branch: 'one-page', reason: 'forced' })
  expect(decide(testId, test, subject({ sticky: own }), always)).toEqual({ branch: 'one-page', reason: 'sticky' })
})

test.each<[string, Partial<ClientTest>, string]>([
  ['a range without numbers', { within: [{ name: 'x', from: Number.NaN, to: Number.NaN }] }, 'left-out'],
  ['a range that ends before it begins', { within: [{ name: 'x', from: 0.8, to: 0.2 }] }, 'left-out'],
  ['a branch whose weight is no number', { branches: [branches[0]!, { name: 'x', weight: Number.NaN }] }, 'split'],
  ['weights of none', { branches: branches.map(({ name }) => ({ name, weight: 0 })) }, 'split'],
])('%s: all have the control', (_, change, reason) => {
  const decisions = users.slice(0, 1000).map((user) => decide('checkout', { branches, ...change }, { user }, always))
  expect(decisions).toEqual(decisions.map(() => ({ branch: 'master', reason })))
})

test('of a thousand branches each has its share, whatever their names', () => {
  const names = ['__proto__', 'constructor', ...Array.from({ length: 998 }, (_, i) => `branch-${i}`)]
  const counts = new Map(names.map((name) => [name, 0]))
  const many = names.map((name) => ({ name, weight: 1 }))
  for (const user of users) {
    const { branch } = decide('checkout', { branches: many }, { user }, always)
    counts.set(branch, counts.get(branch)! + 1)
  }
  const expected = users.length / names.length
  // Of 999 degrees of freedom: five standard deviations above its mean.
  expect(chiSquare([...counts.values()].map((count) => ({ count, expected })))).toBeLessThan(
    999 + 5 * Math.sqrt(2 * 999),
  )
})
