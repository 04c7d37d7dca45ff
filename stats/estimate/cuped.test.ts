import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../effect/difference.js'
import type { Effect } from '../effect/effect.js'
import { lift } from '../effect/lift.js'
import { type TTest, tTest } from '../fixed/t-test.js'
import { type Joint, jointFromRows } from '../joint.js'
import { fromValues } from '../moments.js'
import { close, GOLDEN, golden, goldenPresent } from '../testkit/golden.js'
import { type Cuped, cuped } from './cuped.js'
import { mean } from './mean.js'
import { ratio } from './ratio.js'

// biome-ignore lint/suspicious/noExplicitAny: each engine's cases have a shape of their own.
type Inputs = any

/** Joint moments from the raw sums and sums of products in which the cases state them. */
function ofSums(i: Inputs, names: string[], product: (a: string, b: string) => number): Joint {
  const sums = names.map((a) => i[a].sum)
  const co = names.map((a, j) =>
    names.map((b, k) => (a === b ? i[a].sum_squares : product(a, b)) - (sums[j] * sums[k]) / i.n),
  )
  return { n: i.n, means: sums.map((s) => s / i.n), co }
}

const means = (i: Inputs) => ofSums(i, ['post', 'pre'], () => i.post_pre_sum_of_products)
const ratios = (i: Inputs) =>
  ofSums(
    i,
    ['m_post', 'd_post', 'm_pre', 'd_pre'],
    (a, b) => i[`${a}_${b}_sum_of_products`] ?? i[`${b}_${a}_sum_of_products`],
  )
const rows = ({ m_post, d_post, m_pre, d_pre }: Inputs, sign = 1) =>
  jointFromRows(m_post.map((_: number, i: number) => [sign * m_post[i], d_post[i], sign * m_pre[i], d_pre[i]]))

describe.skipIf(!goldenPresent)(GOLDEN, () => {
  test('theta: gb_cuped_theta', () => {
    const { inputs, executed } = golden('gb_cuped_theta')
    const joint = jointFromRows(inputs.pre.map((pre: number, i: number) => [inputs.post[i], pre]))
    close((cuped(joint, joint) as Cuped).theta, executed)
  })

  test.each([
    ['gb_df_cuped_freq', means],
    ['gb_seq_cuped_rel_N5000', means],
    ['gb_ttest_ratio_cuped_rel', ratios],
    ['gb_seq_ratio_cuped_rel', ratios],
    ['gb_df_ratio_cuped_freq', ratios],
  ] as const)('lift with what is stated of its error, p and interval: %s', (id, of) => {
    const { inputs, executed } = golden(id)
    const effect = (cuped(of(inputs.control), of(inputs.treatment)) as Cuped).lift as Effect
    const r = tTest(effect) as TTest
    close(effect.value, executed.expected)
    if ('uplift_stddev' in executed) close(effect.standardError, executed.uplift_stddev)
    // The sequential cases' p and interval are of a confidence sequence.
    if (!id.startsWith('gb_seq')) close(r.pValue, executed.pValue)
    if (id === 'gb_ttest_ratio_cuped_rel') {
      close(r.ci[0], executed.ci[0])
      close(r.ci[1], executed.ci[1])
    }
  })

  test.each(['gb_ratio_cuped_raw_improving', 'gb_ratio_cuped_raw_declining'])('theta given: %s', (id) => {
    const { inputs, executed } = golden(id)
    for (const sign of [1, -1]) {
      const { lift } = cuped(rows(inputs.control, sign), rows(inputs.treatment, sign), inputs.theta) as Cuped
      close((lift as Effect).value, sign * executed.point_estimate)
      close((lift as Effect).standardError, executed.standard_error)
    }
  })
})

const number = fc.double({ min: 1, max: 20, noNaN: true })
const users = fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 30 })

describe('means', () => {
  test('the difference is that of metric − theta × covariate taken user by user', () => {
    fc.assert(
      fc.property(users, users, (a, b) => {
        const c = cuped(jointFromRows(a), jointFromRows(b)) as Cuped
        fc.pre(c.theta !== 0 && Math.abs(c.theta) < 100)
        const left = (rows: typeof a) => mean(fromValues(rows.map(([y, x]) => y - c.theta * x)))
        const [found, expected] = [difference(c.control, c.treatment), difference(left(a), left(b))]
        fc.pre(expected.kind === 'effect' && expected.standardError > 1e-3)
        expect(Math.abs(found.value! - expected.value!)).toBeLessThan(1e-10 * (1 + Math.abs(c.theta)))
        close((found as Effect).standardError, (expected as Effect).standardError, 1e-8)
        close((found as Effect).df, (expected as Effect).df, 1e-8)
      }),
    )
  })

  test('adjusting for a covariate that two branches share leaves no more variance in all than there was', () => {
    fc.assert(
      fc.property(users, (a) => {
        const joint = jointFromRows(a)
        const c = cuped(joint, joint) as Cuped
        expect(c.control.variance).toBeLessThanOrEqual(joint.co[0]![0]! / (joint.n - 1) / joint.n)
        expect(c.treatment.value).toBe(joint.means[0])
      }),
    )
  })

  test('a shift of the covariate changes nothing, its unit only theta', () => {
    fc.assert(
      fc.property(users, users, (a, b) => {
        const of = (by: number, shift: number) => {
          const [c, t] = [a, b].map((rows) => jointFromRows(rows.map(([y, x]) => [y, x * by + shift])))
          return cuped(c!, t!) as Cuped
        }
        const [plain, other] = [of(1, 0), of(8, 100)]
        fc.pre(plain.theta !== 0 && plain.control.variance > 1e-3)
        expect(Math.abs(other.theta * 8 - plain.theta)).toBeLessThan(1e-6 * (1 + Math.abs(plain.theta)))
        expect(Math.abs(other.treatment.value - plain.treatment.value)).toBeLessThan(1e-6 * (1 + Math.abs(plain.theta)))
      }),
    )
  })
})

test('a covariate without a denominator is no answer where theta is given', () => {
  const [some, none] = [1, 0].map((base) => jointFromRows([1, 2, 4].map((y) => [y, 1, y, base])))
  expect(cuped(some!, none!, 0.5)).toMatchObject({ kind: 'none', reason: 'insufficient' })
})

describe('ratios', () => {
  const of = (rows: [number, number][], constant = 1) => rows.map(([y, x]) => [y, 1, x * constant, constant])

  test('over a denominator of 1 a user they are means', () => {
    fc.assert(
      fc.property(users, users, (a, b) => {
        const asMeans = cuped(jointFromRows(a), jointFromRows(b), 0.7) as Cuped
        const asRatios = cuped(jointFromRows(of(a)), jointFromRows(of(b, 2)), 0.7) as Cuped
        close(asRatios.treatment.value, asMeans.treatment.value, 1e-10)
        close(asRatios.treatment.variance, asMeans.treatment.variance, 1e-8)
        close(asRatios.control.variance, asMeans.control.variance, 1e-8)
      }),
    )
  })

  test('the default theta leaves the difference the least variance', () => {
    fc.assert(
      fc.property(users, users, users, users, (a, b, before, after) => {
        const rows = (x: typeof a, y: typeof a) => x.map(([m, d], i) => [m, d, ...(y[i] ?? [3, 2])])
        const [c, t] = [jointFromRows(rows(a, before)), jointFromRows(rows(b, after))]
        const best = cuped(c, t) as Cuped
        fc.pre(best.theta !== 0)
        const left = (theta: number) => {
          const { control, treatment } = cuped(c, t, theta) as Cuped
          return control.variance + treatment.variance
        }
        for (const other of [0, best.theta * 0.9, best.theta * 1.1])
          expect(left(best.theta)).toBeLessThanOrEqual(left(other) * (1 + 1e-12))
      }),
    )
  })
})

describe('nothing to adjust by', () => {
  const y = [1, 2, 4, 3]
  const [flat, varied] = [y.map((v) => [v, 0]), y.map((v, i) => [v, i * i])]

  test.each([
    [flat, flat],
    [flat, varied],
    [varied, flat],
  ])('a covariate without variance in a branch leaves the estimates as they are', (a, b) => {
    const c = cuped(jointFromRows(a), jointFromRows(b)) as Cuped
    const plain = mean(fromValues(y))
    expect(c.theta).toBe(0)
    expect(c.control).toEqual(plain)
    expect(c.treatment).toEqual(plain)
    close((c.lift as Effect).standardError, (lift(plain, plain) as Effect).standardError, 1e-14)
  })

  test('no denominator from before leaves the ratio', () => {
    const joint = jointFromRows(y.map((v, i) => [v, 1 + i, 0, 0]))
    const c = cuped(joint, joint) as Cuped
    const plain = ratio(jointFromRows(y.map((v, i) => [v, 1 + i])))
    expect(c.theta).toBe(0)
    expect(c.control).toEqual(plain)
    expect(c.treatment).toEqual(plain)
  })

  test('everyone alike has no lift’s variance', () => {
    const joint = jointFromRows([
      [2, 1],
      [2, 3],
    ])
    expect((cuped(joint, joint) as Cuped).lift).toEqual({ kind: 'none', reason: 'no-variance', value: 0 })
  })

  test.each([
    ['no one', [], varied],
    ['one user', varied, [[1, 2]]],
    ['no denominator', y.map((v) => [v, 0, v, 1]), y.map((v) => [v, 1, v, 1])],
  ])('%s', (_, a, b) => {
    expect(cuped(jointFromRows(a), jointFromRows(b))).toEqual({ kind: 'none', reason: 'insufficient', value: null })
  })
})
