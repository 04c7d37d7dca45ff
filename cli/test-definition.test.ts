import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { exit } from './failure.js'
import { type DefinitionOptions, definitionOf, metric, names, share, weighted, weights } from './test-definition.js'
import { tempFiles } from './testkit/temp.js'

describe('a definition', () => {
  const equal = [
    { name: 'a', weight: 1 },
    { name: 'master', weight: 1 },
  ]
  const buyers = { name: 'buyers', kind: 'conversion', event: 'purchase' } as const

  test.each<[string, DefinitionOptions, object]>([
    ['branches alone', { branches: ['a', 'master'] }, { branches: equal, control: 'master', metrics: [] }],
    ['no master', { branches: ['b', 'a'] }, { control: 'b' }],
    ['a control', { branches: ['a', 'master'], control: 'a' }, { control: 'a' }],
    [
      'weights',
      { branches: ['a', 'b'], weights: [9, 0.5] },
      {
        branches: [
          { name: 'a', weight: 9 },
          { name: 'b', weight: 0.5 },
        ],
      },
    ],
    [
      'all the rest',
      { branches: ['a'], coverage: 0, hypothesis: 'h', owner: 'ann', metric: [buyers] },
      { coverage: 0, hypothesis: 'h', owner: 'ann', metrics: [buyers] },
    ],
  ])('of %s', (_, options, expected) => {
    expect(definitionOf(options)).toMatchObject(expected)
  })

  const kept = { branches: equal, control: 'a', metrics: [buyers], sticky: true, owner: 'bo' }
  test.each<[string, DefinitionOptions, object]>([
    ['is as it is', {}, kept],
    ['yields to options', { owner: 'ann', coverage: 0.5 }, { ...kept, owner: 'ann', coverage: 0.5 }],
    [
      'yields its branches with their control',
      { branches: ['b'] },
      { ...kept, branches: [{ name: 'b', weight: 1 }], control: 'b' },
    ],
  ])('of a file %s', (_, options, expected) => {
    const file = join(tempFiles({ 'd.json': JSON.stringify(kept) }), 'd.json')
    expect(definitionOf({ file, ...options })).toEqual(expected)
  })

  test.each<[string, DefinitionOptions, string]>([
    ['nothing', {}, 'Expected --branches or --file; neither came.'],
    ['too few weights', { branches: ['a', 'b'], weights: [1] }, 'for each of --branches, which are 2; 1 came.'],
    ['weights of nothing', { file: 'x', weights: [1] }, 'for each of --branches, which are 0; 1 came.'],
    ['a file that is not there', { file: '/no/such' }, 'Expected /no/such to hold a definition'],
  ])('of %s is refused', (_, options, message) => {
    expect(() => definitionOf(options)).toThrow(
      expect.objectContaining({ code: exit.usage, message: expect.stringContaining(message) }),
    )
  })

  test.each(['[]', '3', '{', 'null'])('of a file of %s is refused', (text) => {
    const file = join(tempFiles({ 'd.json': text }), 'd.json')
    expect(() => definitionOf({ file })).toThrow('to hold a definition, a JSON object')
  })
})

describe('arguments', () => {
  test('are read', () => {
    expect(names('master, test')).toEqual(['master', 'test'])
    expect(weights('9, 0.5')).toEqual([9, 0.5])
    expect(share('0.25')).toBe(0.25)
    expect([...weighted('a=b=2', weighted('c=1'))]).toEqual([
      ['c', 1],
      ['a=b', 2],
    ])
    expect(metric('time:spent:sum:view:end', metric('b:conversion:buy'))).toEqual([
      { name: 'b', kind: 'conversion', event: 'buy' },
      { name: 'time:spent', kind: 'sum', event: 'view:end' },
    ])
  })

  test.each<[(text: string) => unknown, string[]]>([
    [names, ['', 'a,', ',', 'a,a', 'a, a']],
    [weights, ['', '1,', '-1', '1e9', 'x', '0x1', 'Infinity', '1 2']],
    [share, ['', '1.1', '-0.1', '50%']],
    [(text) => weighted(text, new Map([['a', 1]])), ['a', 'a=', '=1', 'b=x', 'a=2', 'b=-1']],
    [(text) => metric(text), ['', 'buyers:purchase', ':sum:buy', 'b:sum:', 'b:feeling:buy']],
  ])('of another form are refused: %#', (parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError)
  })
})
