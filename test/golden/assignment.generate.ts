import { writeFileSync } from 'node:fs'
import { assign, type Branch, bucket, murmur3 } from '@assay/core/assign'

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

const vectors = {
  description:
    'hash = MurmurHash3_x86_32(UTF-8 of input, seed). bucket = hash(user, seed hash(testId, 0)) / 2^32. bits = the 32-bit hash. uniform(n) = (fmix32(bits xor (n * 0x9e3779b9 mod 2^32)) + 0.5) / 2^32. For branches 0, 1, 2, …: S = 1 for two branches, else -ln(uniform(1) * uniform(2)); E_0 = S * (1 - bucket), E_1 = S * bucket, E_i = -ln(uniform(i + 1)); the least E_i / weight_i wins, weight 0 never, ties go to the first.',
  hash: [0, 0x9747b28c, 0xffffffff].flatMap((seed) =>
    texts.map((input) => ({ input, seed, hash: murmur3(input, seed) })),
  ),
  bucket: pairs.map((p) => ({ ...p, bucket: bucket(p.user, p.testId) })),
  assign: splits.flatMap((branches) =>
    pairs.slice(0, 108).map((p) => ({ ...p, branches, branch: assign(p.user, p.testId, branches) })),
  ),
}
writeFileSync('test/golden/assignment.json', `${JSON.stringify(vectors, null, 1)}\n`)
