import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aggregator } from '@assay/aggregator/aggregator'
import { openLmdbLog } from '@assay/core/log/lmdb'
import { openChdbStore } from '@assay/core/store/chdb'
import { fill } from './aggregator.js'
import { atLeast, type Figure, median } from './measure.js'

const EVENTS = 1_000_000
const ROUNDS = 3

/** All tables again from the log, against the first time. */
export async function replay(): Promise<Figure> {
  const rates = { replay: [] as number[], live: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) await measure(rates)
  const [found, limit] = [median(rates.replay), median(rates.live)]
  return atLeast('replay', found, 'events/s', 'the live tables from the same log', limit, 0.6)
}

async function measure(rates: { replay: number[]; live: number[] }): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const log = openLmdbLog(join(path, 'log'))
  const store = await openChdbStore(join(path, 'store'))
  await fill(log, EVENTS)
  const rate = (since: number) => EVENTS / ((performance.now() - since) / 1000)
  let started = performance.now()
  const aggregator = await Aggregator.start({ log, store })
  while ((await aggregator.status()).lag > 0) await new Promise((r) => setTimeout(r, 50))
  rates.live.push(rate(started))
  // The first moments of a hundred thousand users are work of their own.
  while (!(await aggregator.status()).fresh) await new Promise((r) => setTimeout(r, 50))
  started = performance.now()
  await aggregator.replay(() => {})
  rates.replay.push(rate(started))
  await aggregator.close()
  await store.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
}
