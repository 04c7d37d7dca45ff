import { decisionDefinition } from '@assay/core/definition/decision'
import { describe, expect, test } from 'vitest'
import type { Comparison, Metric } from './reply.js'
import { verdictOf } from './verdict.js'

type Verdict = Comparison['verdict']

/** What is found of a branch in a metric: an effect, by a p-value that is adjusted; of a guardrail whether it holds. */
type Told = [branch: string, verdict: Verdict, pValue: number, effect?: number, state?: 'safe']

const comparison = ([branch, verdict, pValue, effect = verdict === 'worse' ? -0.1 : 0.1, state]: Told): Comparison => {
  const answer = { pValue, lnP: Math.log(pValue), ci: [0, 1], relativeCi: [effect / 2, effect * 2] } as const
  const both = {
    ...answer,
    ci: [...answer.ci] as [number, number],
    relativeCi: [...answer.relativeCi] as [number, number],
  }
  return {
    ...{ branch, effect, relative: effect, fixed: both, anytime: both, method: 'any-time', verdict },
    ...{ provisional: false, adjusted: { pValue, lnP: Math.log(pValue) }, cuped: null, days: null },
    ...(state && { guard: { margin: 0.05, state } }),
  }
}

function verdict(metrics: Record<string, Told[]>, isChosen: boolean, users = 1) {
  const all = Object.entries(metrics).map(([name, told]): Metric => {
    const role = name.startsWith('guard') ? 'guardrail' : 'metric'
    return { name, kind: 'count', role, direction: 'up', branches: [], comparisons: told.map(comparison) }
  })
  const answer = { chiSquared: 0, pValue: 1, anytime: { pValue: 1, lnP: 0 }, ok: true, phases: [] }
  return verdictOf(
    {
      ...{ app: 'shop', testId: 't', asOf: '', control: 'master', decision: decisionDefinition.parse({}) },
      ...{
        branches: ['master', 'x', 'y'].map((branch) => ({ branch, users })),
        phases: [],
        srm: answer,
        imbalance: [],
        metrics: all,
      },
      crossover: { users: 0, share: 0, ci: null, pValue: null },
      identified: { users: 0, differing: 0, shared: 0 },
    },
    isChosen,
  )
}

test.each<[string, Record<string, Told[]>, string, string]>([
  // What is found, and the outcome: by the first metric, and by all of them.
  ['nothing', {}, 'undecided', 'undecided'],
  ['the first is better', { a: [['x', 'better', 0.01]], b: [['x', 'inconclusive', 1]] }, 'better x', 'better x'],
  ['another is better', { a: [['x', 'inconclusive', 1]], b: [['x', 'better', 0.01]] }, 'undecided', 'better x'],
  ['but not among all', { a: [['x', 'better', 0.06]], b: [['x', 'better', 0.06]] }, 'undecided', 'undecided'],
  ['another is worse', { a: [['x', 'better', 0.01]], b: [['x', 'worse', 0.01]] }, 'better x', 'undecided'],
  ['all is worse', { a: [['x', 'worse', 0.01]], b: [['x', 'worse', 0.01]] }, 'worse', 'worse'],
  [
    'one of two is worse',
    {
      a: [
        ['x', 'worse', 0.01],
        ['y', 'inconclusive', 1],
      ],
    },
    'undecided',
    'undecided',
  ],
  ['a guardrail is harmed', { a: [['x', 'better', 0.01]], guard: [['x', 'worse', 0.01]] }, 'worse', 'worse'],
  [
    'two are better: the greater effect, or the surer one',
    {
      a: [
        ['x', 'better', 0.001, 0.1],
        ['y', 'better', 0.01, 0.2],
      ],
    },
    'better y',
    'better x',
  ],
])('%s', (_, found, first, all) => {
  const outcomes = [true, false].map((isChosen) => {
    const { outcome, branch } = verdict(found, isChosen)
    return [outcome, ...(branch === null ? [] : [branch])].join(' ')
  })
  expect(outcomes).toEqual([first, all])
})

describe('guardrails without a metric', () => {
  const harmed = (branch: string, name: string) => `${branch} harms ${name}, a guardrail, against master.`
  const held = (branch: string) => `${branch} holds guard within its margin of 5.0 %.`
  const unclear = (branch: string) => `${branch} is not shown to harm guard, nor to hold it.`
  const alone = 'Guardrails alone can find a branch worse, never better.'

  test.each<[string, Record<string, Told[]>, string, string[]]>([
    ['harmed', { guard: [['x', 'worse', 0.01]] }, 'worse', [harmed('x', 'guard')]],
    ['not harmed', { guard: [['x', 'inconclusive', 1]] }, 'undecided', [unclear('x'), alone]],
    ['held', { guard: [['x', 'inconclusive', 1, 0.1, 'safe']] }, 'undecided', [held('x'), alone]],
    ['got better', { guard: [['x', 'better', 0.01]] }, 'undecided', [unclear('x'), alone]],
    [
      'one of two harmed',
      { guard: [['x', 'inconclusive', 1, 0.1, 'safe']], 'guard too': [['x', 'worse', 0.01]] },
      'worse',
      [held('x'), harmed('x', 'guard too')],
    ],
    [
      'harmed by one branch of two',
      {
        guard: [
          ['x', 'worse', 0.01],
          ['y', 'inconclusive', 1],
        ],
      },
      'undecided',
      [harmed('x', 'guard'), unclear('y'), alone],
    ],
    [
      'harmed by both',
      {
        guard: [
          ['x', 'worse', 0.01],
          ['y', 'worse', 0.01],
        ],
      },
      'worse',
      [harmed('x', 'guard'), harmed('y', 'guard')],
    ],
    ['of one branch', { guard: [] }, 'undecided', ['There is nothing to compare yet.']],
  ])('%s', (_, found, outcome, reasons) => {
    expect(verdict(found, true)).toEqual({ outcome, branch: null, reasons })
  })
})

test('without users there is nothing to tell, whatever is asked', () => {
  for (const isChosen of [true, false])
    expect(verdict({ a: [['x', 'inconclusive', 1]] }, isChosen, 0)).toEqual({
      outcome: 'undecided',
      branch: null,
      reasons: ['No users yet.'],
    })
})

test('of metrics that nobody chose only those that tell something are told', () => {
  const found: Record<string, Told[]> = { a: [['x', 'inconclusive', 1]], b: [['x', 'better', 0.01]] }
  const b = 'x is better than master in b: +10.0 %, 95 % interval +5.0 % to +20.0 %.'
  expect(verdict(found, false).reasons).toEqual([b])
  expect(verdict(found, true).reasons).toEqual([
    'x is not told apart from master in a: +10.0 %, 95 % interval +5.0 % to +20.0 %.',
  ])
  expect(verdict({ a: found.a! }, false).reasons).toEqual(['No branch is told apart from master in any metric.'])
})
