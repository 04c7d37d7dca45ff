import { assign } from '@assay/core/assign'
import type { WireEvent } from '@assay/core/event'
import { seeded } from './random.js'

/** The demo's world: a two-branch test whose second branch really sells more. */
export const demoTest = {
  app: 'demo-shop',
  testId: 'checkout',
  branches: [
    { name: 'master', weight: 1 },
    { name: 'one-page', weight: 1 },
  ],
}

const BUYS: Record<string, number> = { master: 0.1, 'one-page': 0.12 }
const BATCH = 500

/** Batches of what `count` shoppers do, each shopper's events in order over the last half hour. */
export function* shopperBatches(count: number, seed: number, now: number): Generator<WireEvent[]> {
  const random = seeded(seed)
  let batch: WireEvent[] = []
  for (let i = 0; i < count; i++) {
    batch.push(...shopper(`shopper-${i}`, random, now - Math.floor(random() * 1_800_000), `${seed}-${i}`))
    if (batch.length >= BATCH) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

function shopper(user: string, random: () => number, start: number, id: string): WireEvent[] {
  const { app, testId, branches } = demoTest
  const branch = assign(user, testId, branches)
  const events: WireEvent[] = []
  const happens = (event: string, after: number, value = 1) =>
    events.push({ id: `demo-${id}-${events.length}`, app, user, event, value, time: start + after, testId, branch })
  happens('$exposure', 0)
  const views = 1 + Math.floor(random() * 5)
  for (let v = 1; v <= views; v++) happens('view', v * 5000)
  const buys = random() < BUYS[branch]!
  if (buys || random() < 0.2) happens('add_to_cart', 40_000)
  if (buys) happens('purchase', 60_000, orderValue(random))
  return events
}

/** Order values are lognormal with median 40, in cents' steps. */
function orderValue(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(4000 * Math.exp(0.6 * normal)) / 100
}
