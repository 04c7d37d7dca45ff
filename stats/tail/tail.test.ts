import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { close } from '../testkit/golden.js'
import { lnNormalTail, normalQuantile } from './normal.js'
import { lnStudentTail, studentQuantile } from './student.js'

// The fine grid against mpmath is in test/golden; here what joins the branches of each formula.
describe('normal', () => {
  // mpmath, 60 digits: log(erfc(z / sqrt(2)) / 2).
  test.each([
    [-37, -5.725571222524577e-300],
    [-10, -7.619853024160527e-24],
    [0, -Math.LN2],
    [1.96, -3.6889636517296385],
    [35.999, -652.4672003583391],
    [36.001, -652.5392558284896],
    [40, -804.6084420137538],
    [1e9, -5e17],
  ])('ln P(Z > %d)', (z, expected) => {
    close(lnNormalTail(z), expected, z < -30 ? 2e-13 : 1e-14)
  })

  test('never rises and is undone by the quantile', () => {
    const z = fc.double({ min: -8, max: 37, noNaN: true })
    fc.assert(
      fc.property(z, z, (a, b) => {
        if (a < b) expect(lnNormalTail(a)).toBeGreaterThanOrEqual(lnNormalTail(b))
        if (a > -5) expect(Math.abs(normalQuantile(Math.exp(lnNormalTail(a))) - a)).toBeLessThan(1e-9)
      }),
    )
  })
})

describe('Student', () => {
  // mpmath, 60 digits: log(I_x(df/2, 1/2) / 2), x = df / (df + t²).
  test.each([
    [1, 1e9, -21.86799572279581],
    [3, 1e97, -669.9545386222227],
    [30, 1e11, -711.4629889793126],
    [1e12, 40, -804.6084413729541],
  ])('df %d: ln P(T > %d), about where the tail leaves the doubles', (df, t, expected) => {
    close(lnStudentTail(t, df), expected, 1e-13)
  })

  test('infinite df are the normal’s', () => {
    expect(lnStudentTail(3, Infinity)).toBe(lnNormalTail(3))
    expect(studentQuantile(0.01, Infinity)).toBe(normalQuantile(0.01))
  })

  test('both tails make 1; the quantile undoes the tail, on both sides', () => {
    const df = fc.double({ min: 1, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(df, fc.double({ min: 1e-3, max: 8, noNaN: true }), (df, t) => {
        const [above, below] = [Math.exp(lnStudentTail(t, df)), Math.exp(lnStudentTail(-t, df))]
        close(above + below, 1, 1e-14)
        close(studentQuantile(above, df), t)
        fc.pre(t < 3)
        close(studentQuantile(below, df), -t)
      }),
    )
  })
})
