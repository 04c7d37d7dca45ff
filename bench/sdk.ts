import { assign, createBareClient } from '@assay/sdk'
import { type Experiment, GrowthBook } from '@growthbook/growthbook'
import { InMemoryProvider, OpenFeature } from '@openfeature/web-sdk'
import { atLeast, compared, type Figure, median } from './measure.js'

const ROUNDS = 9
const CALLS = 500_000
const GOAL = 5_000_000

const branches = [
  { name: 'master', weight: 0.5 },
  { name: 'one-page', weight: 0.5 },
]
const users = Array.from({ length: 10_000 }, (_, i) => `user-${i}`)

/** Assignments a second of each, in turns: of one user, as a page asks; and of ever other users, as a server does. */
export async function sdk(): Promise<Figure[]> {
  const assay = createBareClient({
    url: 'http://127.0.0.1:9',
    key: 'wk_bench',
    app: 'shop',
    user: 'user-1',
    config: { tests: { checkout: { branches } } },
    fetch: async () => Response.json({ accepted: 1, rejected: [] }, { status: 202 }),
  })
  const experiment: Experiment<string> = { key: 'checkout', variations: ['master', 'one-page'], weights: [0.5, 0.5] }
  const growthBook = new GrowthBook({ attributes: { id: 'user-1' }, trackingCallback: () => {} })
  const variants = { master: 'master', 'one-page': 'one-page' }
  const flag = { variants, defaultVariant: 'master', disabled: false, contextEvaluator: () => 'one-page' }
  await OpenFeature.setProviderAndWait(new InMemoryProvider({ checkout: flag }))
  const openFeature = OpenFeature.getClient()

  const one = await race({
    assay: () => assay.assign('checkout'),
    growthBook: () => growthBook.run(experiment).value,
    openFeature: () => openFeature.getStringValue('checkout', 'master'),
  })
  const many = await race({
    assay: (i) => assign(users[i % users.length]!, 'checkout', branches),
    growthBook(i) {
      growthBook.setAttributes({ id: users[i % users.length]! })
      return growthBook.run(experiment).value
    },
  })
  return [
    atLeast('assign, one user', one.assay, 'a second', 'goal', GOAL, 1),
    atLeast('the same', one.assay, 'a second', 'GrowthBook', one.growthBook, 5),
    compared('the same', one.assay, 'a second', 'OpenFeature, provider in memory', one.openFeature),
    atLeast('assign, ever other users', many.assay, 'a second', 'GrowthBook', many.growthBook, 5),
    compared('the same', many.assay, 'a second', 'goal of one user', GOAL),
  ]
}

/** Calls a second of each, medians of rounds in turn. */
async function race<Name extends string>(runners: Record<Name, (i: number) => unknown>): Promise<Record<Name, number>> {
  const names = Object.keys(runners) as Name[]
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) rates[name].push(measure(runners[name]))
  }
  return Object.fromEntries(names.map((name) => [name, median(rates[name])])) as Record<Name, number>
}

function measure(call: (i: number) => unknown): number {
  let answered = 0
  const started = performance.now()
  for (let i = 0; i < CALLS; i++) if (typeof call(i) === 'string') answered++
  const seconds = (performance.now() - started) / 1000
  if (answered !== CALLS) throw new Error(`expected ${CALLS} branches, got ${answered}`)
  return CALLS / seconds
}
