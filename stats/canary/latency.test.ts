import { expect, test } from 'vitest'
import { type Cell, slowAbove } from './latency.js'

// 1,000 requests: half up to 20 ms, then ever fewer.
const control: Cell[] = [
  { above: 0, n: 500 },
  { above: 20, n: 300 },
  { above: 50, n: 150 },
  { above: 100, n: 40 },
  { above: 200, n: 10 },
]

test.each([
  [0.5, 20],
  [0.2, 50],
  [0.1, 100],
  [0.05, 100],
  [0.049, 200],
  [0.01, 200],
])('at most %d of the control is slower than the least such edge', (share, edge) => {
  expect(slowAbove(control, share)).toBe(edge)
})

test.each([
  ['no cells', [], 0.05, 'insufficient'],
  ['empty cells', [{ above: 0, n: 0 }], 0.05, 'insufficient'],
  [
    'more than the share at a timeout',
    [
      { above: 0, n: 90 },
      { above: 30_000, n: 10 },
    ],
    0.05,
    'no-variance',
  ],
  ['one cell', [{ above: 10, n: 100 }], 0.05, 'no-variance'],
  ['a share of 0', control, 0, 'out-of-range'],
  ['a share of 1', control, 1, 'out-of-range'],
  ['no share', control, Number.NaN, 'out-of-range'],
])('%s: no threshold', (_, cells, share, reason) => {
  expect(slowAbove(cells, share)).toMatchObject({ kind: 'none', reason })
})
