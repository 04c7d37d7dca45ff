import { expect, test } from 'vitest'
import { type Span, scaleOf } from './scale.js'

const span = (low: number, high: number): Span => ({ estimate: (low + high) / 2, intervals: [[low, high]] })

test.each<[string, Span[], number[], number[]]>([
  ['nothing', [], [], [-0.1, -0.05, 0, 0.05, 0.1]],
  ['all of it', [span(-0.1, 0.3)], [], [-0.1, 0, 0.1, 0.2, 0.3]],
  ['0 as well', [span(0.5, 0.9)], [], [0, 0.5]],
  ['0 where all is below it', [span(-0.9, -0.5)], [], [-0.5, 0]],
  ['margins as well', [span(-0.01, 0.01)], [-0.2], [-0.2, -0.1, 0]],
  [
    'no more than four times the median',
    [span(-0.1, 0.1), span(-0.1, 0.1), span(-50, 80)],
    [],
    [-0.4, -0.2, 0, 0.2, 0.4],
  ],
  ['what is tiny', [span(-1e-9, 1e-9)], [], [-1e-9, -5e-10, 0, 5e-10, 1e-9]],
  ['what is beyond all numbers up to a trillion', [span(-1e308, 1e308)], [], [-1e12, -5e11, 0, 5e11, 1e12]],
])('a scale shows %s', (_, spans, margins, ticks) => {
  const scale = scaleOf(spans, margins)
  expect(scale.ticks).toEqual(ticks)
  expect(scale.place(scale.low)).toBe(0)
  expect(scale.place(scale.high)).toBe(100)
  expect(scale.place(0)).toBeGreaterThan(0)
  expect(scale.place(0)).toBeLessThan(100)
})
