import { Definitions } from '@assay/core/control/definitions'
import { controlRecord } from '@assay/core/control/record'
import { computationOf } from '@assay/core/definition/measure'
import { metricDefinition } from '@assay/core/definition/metric'
import { testDefinition } from '@assay/core/definition/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeMoments } from '../testkit/rows.js'
import { type Harness, startQueryApi } from '../testkit/server.js'
import { metricEvidence } from './canary-metrics.js'

let api: Harness
beforeAll(async () => {
  api = await startQueryApi()
})
afterAll(() => api.close())

const orders = { name: 'orders', kind: 'conversion', event: 'order', margin: 0.1 }
const returns = { ...orders, name: 'returns', event: 'return', direction: 'down' }
const waits = { name: 'waits', kind: 'mean', event: 'wait' }

let tests = 0
const AT = Date.UTC(2026, 0, 5, 12)

/** What is said of a canary whose users did this, beside a control of as many users, of whom a fifth did each. */
async function said(canary: { orders: number; returns: number }, users = 20_000, age = 1000) {
  const testId = `t${tests++}`
  const branches = ['master', 'new'].map((name) => ({ name, weight: 1 }))
  const definition = testDefinition.parse({ branches, control: 'master', metrics: [orders, returns, waits] })
  const definitions = new Definitions()
  const define = { what: 'define', id: testId, at: 0, by: 'admin', app: 'shop', testId, expects: 0, definition }
  definitions.apply(controlRecord.parse(define))
  const rows = [orders, returns].flatMap((metric) => {
    const event = computationOf(metricDefinition.parse(metric)).id
    const of = (branch: string, converted: number) => ({ event, branch, users, converted, sum: converted })
    return [of('master', users / 5), of('new', canary[metric.name as keyof typeof canary])]
  })
  const everyone = branches.map(({ name }) => ({ event: '', branch: name, users }))
  await storeMoments(api.store, testId, new Date(AT).toISOString(), [...everyone, ...rows])
  return metricEvidence(api.store.read, definitions, 'shop', testId, ['orders', 'returns', 'waits'], AT + age)
}

const sure = Math.log(1000)

test('a canary like its control is safe, and not harmful', async () => {
  const found = await said({ orders: 4000, returns: 4000 })
  for (const name of ['orders', 'returns']) {
    expect(found.get(name)!.lnSafety, name).toBeGreaterThan(sure)
    expect(found.get(name)!.lnHarm, name).toBeLessThan(0)
  }
})

test('worse is less of what should be more, and more of what should be less', async () => {
  const found = await said({ orders: 3000, returns: 5000 })
  for (const name of ['orders', 'returns']) {
    expect(found.get(name)!.lnHarm, name).toBeGreaterThan(sure)
    expect(found.get(name)!.lnSafety, name).toBeLessThan(0)
  }
})

test('better is no harm', async () => {
  const found = await said({ orders: 5000, returns: 3000 })
  for (const name of ['orders', 'returns']) expect(found.get(name)!.lnHarm, name).toBeLessThan(0)
})

test('of few users nothing is said either way, and of a metric without values nothing at all', async () => {
  const found = await said({ orders: 18, returns: 22 }, 100)
  expect([...found.keys()].sort()).toEqual(['orders', 'returns'])
  for (const { lnHarm, lnSafety } of found.values()) expect(Math.max(lnHarm, lnSafety)).toBeLessThan(sure)
})

test('within the margin a canary is not harmful, however many users say so', async () => {
  const found = await said({ orders: 380_000, returns: 420_000 }, 2_000_000)
  for (const name of ['orders', 'returns']) expect(found.get(name)!.lnHarm, name).toBeLessThan(0)
})

test('of a snapshot that is too old nothing is said', async () => {
  expect((await said({ orders: 4000, returns: 4000 }, 20_000, 600_000)).size).toBe(0)
})
