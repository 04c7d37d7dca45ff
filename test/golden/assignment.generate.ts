import { writeFileSync } from 'node:fs'
import { assign, type Branch, bucket, murmur3 } from '@assay/core/assign'
import { type Attributes, type Condition, matches } from '@assay/core/condition'
import { type ClientTest, coverage, decide, holdout, namespace, type Subject } from '@assay/core/decide'

/** Writes assignment.json, from which any language can check its own assignment. Run it after a build, from the root. */
const users = [
  'u1',
  'ann',
  'user-42',
  'zoë',
  '漢字',
  '🦊',
  'a'.repeat(256),
  '0',
  ' ',
  '',
  '👩‍👩‍👧',
  ...Array.from({ length: 60 }, (_, i) => `visitor-${i * 7919}`),
]
const testIds = ['checkout', 'checkout2', 'prix-€', 'b']
const splits: Branch[][] = [
  [
    { name: 'master', weight: 1 },
    { name: 'one-page', weight: 1 },
  ],
  [
    { name: 'master', weight: 99 },
    { name: 'canary', weight: 1 },
  ],
  [
    { name: 'a', weight: 0 },
    { name: 'b', weight: 1 },
  ],
  [
    { name: 'a', weight: 50 },
    { name: 'b', weight: 30 },
    { name: 'c', weight: 20 },
  ],
  [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 1 },
    { name: 'c', weight: 0 },
    { name: 'd', weight: 2 },
    { name: 'e', weight: 1 },
  ],
]
const texts = [...users, ...testIds]
const pairs = users.flatMap((user) => testIds.map((testId) => ({ user, testId })))

const halves = splits[0]!
const tests: ClientTest[] = [
  { branches: halves, within: [coverage('checkout', 0.25)] },
  { branches: halves, within: [namespace('pricing', 0.25, 0.75)] },
  { branches: halves, within: [holdout('global', 0.125)], control: 'one-page' },
  { branches: halves, within: [holdout('global', 0.5), namespace('pricing', 0, 0.5), coverage('checkout', 0.5)] },
  { branches: halves, targeting: { country: 'de' } },
  { branches: halves, sticky: true },
  { branches: halves, ship: 'one-page' },
]
const subjects: Omit<Subject, 'user'>[] = [
  {},
  { attributes: { country: 'de' }, sticky: { checkout: 'one-page' } },
  { forced: { checkout: 'one-page' }, sticky: { checkout: 'gone' } },
]
const people: Attributes[] = [
  {},
  { country: 'de', age: 34, beta: true, plan: ['team', 'trial'], version: '2.10.1', email: 'ann@example.com' },
  { country: 'at', age: 17, beta: false, plan: [], version: '2.9-beta', email: '' },
  // Texts are ordered by UTF-16, in which this one comes before U+FF5A.
  { country: '🦊', age: '34', beta: 1, plan: [true], version: 'v2.010+a', email: 'ｚ' },
]
const conditions: Condition[] = [
  {},
  { country: 'de' },
  { country: ['at', 'ch'] },
  { country: { $ne: 'de' }, age: { $gte: 17, $lt: 34 } },
  { plan: 'trial' },
  { plan: { $nin: ['team'] } },
  { email: { $endsWith: '@example.com' } },
  { beta: { $exists: false } },
  { version: { $versionGte: '2.9' } },
  { version: { $versionLt: '2.10' } },
  { $or: [{ age: { $gt: 30 } }, { beta: false }] },
  { $nor: [{ country: 'de', beta: true }, { age: { $lt: 18 } }] },
  { country: { $lt: 'ｚ' } },
  { email: { $gt: '🦊' } },
  { beta: true },
  { plan: 1 },
]

const vectors = {
  description:
    'hash = MurmurHash3_x86_32(UTF-8 of input, seed). bucket = hash(user, seed hash(testId, 0)) / 2^32. bits = the 32-bit hash. uniform(n) = (fmix32(bits xor (n * 0x9e3779b9 mod 2^32)) + 0.5) / 2^32. For branches 0, 1, 2, …: S = 1 for two branches, else -ln(uniform(1) * uniform(2)); E_0 = S * (1 - bucket), E_1 = S * bucket, E_i = -ln(uniform(i + 1)); the least E_i / weight_i wins, weight 0 never, ties go to the first. decide, in this order: a forced branch that the test has (reason forced); the branch it ships (shipped); the control, which is the first branch unless it is named, for all who are not in every range of within, a range being the users whose bucket(user, name) is at least from and below to, or of whom targeting does not hold (left-out); in a sticky test the branch from before, if the test has it (sticky); else the branch of bucket(user, testId) (split). Only split and sticky count. matches: every attribute named is as wanted and every condition inside holds; docs/targeting.md has the operators.',
  hash: [0, 0x9747b28c, 0xffffffff].flatMap((seed) =>
    texts.map((input) => ({ input, seed, hash: murmur3(input, seed) })),
  ),
  bucket: pairs.map((p) => ({ ...p, bucket: bucket(p.user, p.testId) })),
  assign: splits.flatMap((branches) =>
    pairs.slice(0, 108).map((p) => ({ ...p, branches, branch: assign(p.user, p.testId, branches) })),
  ),
  decide: tests.flatMap((test) =>
    subjects.flatMap((subject) =>
      users.slice(0, 24).map((user) => {
        const asked = { user, ...subject }
        return { testId: 'checkout', test, subject: asked, decision: decide('checkout', test, asked, matches) }
      }),
    ),
  ),
  matches: conditions.flatMap((condition) =>
    people.map((attributes) => ({ condition, attributes, holds: matches(condition, attributes) })),
  ),
}
writeFileSync('test/golden/assignment.json', `${JSON.stringify(vectors, null, 1)}\n`)
