import { expect, test } from 'vitest'
import { fingerprint, IdSet } from './id-set.js'

const of = (app: string, id: string) => {
  const out = new Uint32Array(2)
  fingerprint(app, id, out)
  return out
}

/** How many numbers were there before. */
function repeats(numbers: Uint32Array | Float64Array): number {
  numbers.sort()
  let count = 0
  for (let i = 1; i < numbers.length; i++) if (numbers[i] === numbers[i - 1]) count++
  return count
}

test('an id is new once, full set or not, also one whose first number is 0', () => {
  const set = new IdSet(1000)
  const ids = [new Uint32Array([0, 1]), ...Array.from({ length: 999 }, (_, i) => of('shop', `e${i}`))]
  expect(ids.map((id) => set.has(id))).not.toContain(true)
  expect(ids.map((id) => set.add(id))).not.toContain(false)
  expect(ids.map((id) => set.add(id))).not.toContain(true)
})

test.each([
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [
    ['a', 'b\u0000'],
    ['a', 'b'],
  ],
  [
    ['a', ''],
    ['', 'a'],
  ],
  [
    ['é', '1'],
    ['e', '1'],
  ],
  [
    ['a', '🦊'],
    ['a', '\ud83e'],
  ],
] as [[string, string], [string, string]][])('%j is not %j', (one, other) => {
  expect(of(...one)).not.toEqual(of(...other))
})

// Of a million ids, n²/2³³ = 116 pairs are expected to agree in one number of 32 bits, and none in both.
test.each<[string, (i: number) => [string, string]]>([
  ['counted', (i) => ['shop', `order-${i}`]],
  ['imported', (i) => ['shop', `import:0f343b0931126a20f133d67c2b018a3b:${i}`]],
  ['of many apps', (i) => [`app${i % 1000}`, String(Math.floor(i / 1000))]],
  ['differing in single bits', (i) => ['a', i.toString(2).padStart(20, '0')]],
])('a million ids, %s, spread as chance would have them', (_, nth) => {
  const count = 1_000_000
  const lanes = [new Uint32Array(count), new Uint32Array(count)] as const
  const both = new Float64Array(count)
  const out = new Uint32Array(2)
  for (let i = 0; i < count; i++) {
    fingerprint(...nth(i), out)
    const [a, b] = out as unknown as [number, number]
    lanes[0][i] = a
    lanes[1][i] = b
    both[i] = a * 2 ** 32 + b
  }
  for (const lane of lanes) {
    expect(repeats(lane)).toBeGreaterThan(70)
    expect(repeats(lane)).toBeLessThan(165)
  }
  expect(repeats(both)).toBe(0)
})
