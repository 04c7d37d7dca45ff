import { expect, test } from 'vitest'
import { jointFromRows } from '../joint.js'
import { close } from '../testkit/golden.js'
import type { Effect } from './effect.js'
import { regression } from './regression.js'

const control = jointFromRows([
  [2, 1],
  [3, 2],
  [5, 3],
  [4, 5],
])
const treatment = jointFromRows([
  [4, 2],
  [6, 3],
  [7, 6],
])

// R 4.2: summary(lm(y ~ branch + x)) of these rows.
test('is the treatment’s coefficient of lm(y ~ branch + x)', () => {
  const r = regression(control, treatment) as Effect
  close(r.value, 1.6315789473684215)
  close(r.standardError, 0.7676406865332595)
  expect(r.df).toBe(4)
})

test.each([
  [
    'three users',
    jointFromRows([[1, 2]]),
    jointFromRows([
      [1, 2],
      [2, 3],
    ]),
    'insufficient',
  ],
  ['no one in the control', jointFromRows([]), treatment, 'insufficient'],
  [
    'a covariate that is the same for all',
    jointFromRows([
      [1, 2],
      [3, 2],
    ]),
    jointFromRows([
      [1, 2],
      [2, 2],
    ]),
    'no-variance',
  ],
  [
    'outcomes on the line',
    jointFromRows([
      [1, 1],
      [2, 2],
    ]),
    jointFromRows([
      [5, 1],
      [6, 2],
    ]),
    'no-variance',
  ],
])('%s: no answer', (_, control, treatment, reason) => {
  expect(regression(control, treatment)).toMatchObject({ kind: 'none', reason })
})
