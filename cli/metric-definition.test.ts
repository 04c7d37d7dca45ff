import { join } from 'node:path'
import type { MetricDefinition } from '@assay/core/definition/metric'
import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { exit } from './failure.js'
import { amount, type MetricOptions, metricOf, part, windowDays } from './metric-definition.js'
import { tempFiles } from './testkit/temp.js'

const before: MetricDefinition = {
  name: 'buyers',
  kind: 'sum',
  event: 'purchase',
  direction: 'up',
  lookback: 28,
  window: { from: 0, to: 14 },
  cap: { value: 10 },
}

describe('a metric', () => {
  test.each<[string, MetricOptions, object]>([
    ['a kind and its event', { kind: 'mean', event: 'load' }, { kind: 'mean', event: 'load' }],
    [
      'all the rest',
      {
        ...{ kind: 'count', event: 'error', windowDays: { from: 1, to: 8 }, cap: 0 },
        ...{ direction: 'down', minEffect: 0.02, margin: 0.1 },
      },
      {
        ...{ kind: 'count', event: 'error', window: { from: 1, to: 8 }, cap: { value: 0 } },
        ...{ direction: 'down', minEffect: 0.02, margin: 0.1 },
      },
    ],
    [
      'a cap by percentile',
      { kind: 'sum', event: 'a', capPercentile: 0.99 },
      { kind: 'sum', event: 'a', cap: { percentile: 0.99 } },
    ],
    ['what changes', { margin: 0.1, windowDays: { to: 7 } }, { ...before, margin: 0.1, window: { to: 7 } }],
  ])('of %s', (_, options, expected) => {
    expect(metricOf(options, before)).toEqual(expected)
  })

  test('of a file yields to options, and keeps nothing of the one there is', () => {
    const file = join(tempFiles({ 'm.json': '{"kind":"mean","event":"load","margin":0.1}' }), 'm.json')
    expect(metricOf({ file, margin: 0.2 }, before)).toEqual({ kind: 'mean', event: 'load', margin: 0.2 })
  })

  test.each<[string, MetricOptions, MetricDefinition | undefined, string]>([
    [
      'nothing, where there is none',
      { event: 'load' },
      undefined,
      'Expected --file, or --kind, of a new metric; neither came.',
    ],
    ['nothing to change', {}, before, 'Expected what to change, or --file; nothing came.'],
    ['two caps', { cap: 1, capPercentile: 0.99 }, before, 'Expected --cap or --cap-percentile; both came.'],
    ['a file that is not there', { file: '/no/such' }, before, 'Expected /no/such to hold a definition'],
  ])('of %s is refused', (_, options, known, message) => {
    expect(() => metricOf(options, known)).toThrow(
      expect.objectContaining({ code: exit.usage, message: expect.stringContaining(message) }),
    )
  })
})

describe('arguments', () => {
  test.each<[(text: string) => unknown, string, unknown]>([
    [windowDays, '7', { to: 7 }],
    [windowDays, '0.5', { to: 0.5 }],
    [windowDays, '7-8', { from: 7, to: 8 }],
    [part, '0.02', 0.02],
    [amount, '100', 100],
  ])('are read: %o of %s', (parse, text, expected) => {
    expect(parse(text)).toEqual(expected)
  })

  test.each<[(text: string) => unknown, string[]]>([
    [windowDays, ['', '-7', '7-', '7d', '1-2-3', '1..2', 'x']],
    [part, ['', '0', '1', '2%', '-0.1']],
    [amount, ['', '-1', '1e9', 'x']],
  ])('of another form are refused: %#', (parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError)
  })
})
