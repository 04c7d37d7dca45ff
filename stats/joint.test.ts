import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covarianceOfMeans, type Joint, jointFromRows, mergeJoint } from './joint.js'
import { fromValues } from './moments.js'
import { close, GOLDEN, golden, goldenPresent } from './testkit/golden.js'

// Not subnormal, where no digits are promised.
const value = fc.double({ min: -1000, max: 1000, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x))
const rows = fc.array(fc.tuple(value, value, value), { maxLength: 30 })

function alike(a: Joint, b: Joint, size: number) {
  expect(a.n).toBe(b.n)
  for (const [i, mean] of a.means.entries()) expect(Math.abs(mean - b.means[i]!)).toBeLessThanOrEqual(1e-12 * size)
  for (const [i, line] of a.co.entries())
    for (const [j, c] of line.entries())
      expect(Math.abs(c - b.co[i]![j]!)).toBeLessThanOrEqual(1e-12 * size * size * b.n)
}

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test('covariance: gb_ratio_covariance', () => {
    const { inputs, executed } = golden('gb_ratio_covariance')
    const { n, co } = jointFromRows(inputs.m.map((m: number, i: number) => [m, inputs.d[i]]))
    close(co[0]![1]! / (n - 1), executed)
  })
})

test('merging gives the joint moments of the whole, in any order and grouping', () => {
  fc.assert(
    fc.property(rows, rows, rows, (a, b, c) => {
      const [x, y, z] = [jointFromRows(a), jointFromRows(b), jointFromRows(c)]
      const whole = jointFromRows([...a, ...b, ...c])
      const size = Math.max(0, ...whole.means, ...[...a, ...b, ...c].flat().map(Math.abs))
      for (const merged of [
        mergeJoint(mergeJoint(x, y), z),
        mergeJoint(x, mergeJoint(y, z)),
        mergeJoint(z, mergeJoint(y, x)),
      ])
        alike(merged, whole, size)
      alike(mergeJoint(x, y), mergeJoint(y, x), size)
    }),
  )
})

test('symmetric to the last bit, with each variable’s own moments on the diagonal', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const all = [...a, ...b]
      fc.pre(all.length > 0)
      const { n, means, co } = mergeJoint(jointFromRows(a), jointFromRows(b))
      expect(co).toEqual(co.map((_, i) => co.map((line) => line[i])))
      const size = Math.max(...all.flat().map(Math.abs))
      means.forEach((mean, i) => {
        const own = fromValues(all.map((row) => row[i]!))
        alike({ n, means: [mean], co: [[co[i]![i]!]] }, { n: own.n, means: [own.mean], co: [[own.m2]] }, size)
      })
    }),
  )
})

test('a mean of 1e9 leaves a covariance of −1 intact, and 1e12 users too', () => {
  const signs = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 1 : -1))
  let joint = jointFromRows(signs.map((s) => [1e9 + s, 1e9 - s]))
  // The mean itself is only known to 1e-7.
  close(joint.co[0]![1]!, -1000, 1e-8)
  for (let i = 0; i < 30; i++) joint = mergeJoint(joint, joint)
  expect(joint.n).toBe(1000 * 2 ** 30)
  close(joint.co[0]![1]!, -1000 * 2 ** 30, 1e-8)
})

describe('covariance of weighted sums of means', () => {
  const joint = jointFromRows([
    [1, 2, 3],
    [2, 4, 7],
    [4, 8, 4],
    [5, 10, 1],
  ])

  test('is that of the sums taken row by row', () => {
    const u = [1, -3, 2]
    const v = [0.5, 0, -1]
    const sums = jointFromRows(
      [
        [1, 2, 3],
        [2, 4, 7],
        [4, 8, 4],
        [5, 10, 1],
      ].map((row) => [u, v].map((w) => w.reduce((sum, x, i) => sum + x * row[i]!, 0))),
    )
    close(covarianceOfMeans(joint, u, v), sums.co[0]![1]! / 3 / 4, 1e-14)
    close(covarianceOfMeans(joint, u), sums.co[0]![0]! / 3 / 4, 1e-14)
  })

  test('is exactly 0 where one variable takes away the other', () => {
    expect(covarianceOfMeans(joint, [1 / 3, -1 / 6, 0])).toBe(0)
    const thirds = jointFromRows([0.1, 0.7, 1.3].map((x) => [x, 3 * x]))
    expect(covarianceOfMeans(thirds, [1, -1 / 3])).toBe(0)
  })
})
