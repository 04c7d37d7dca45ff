import { setTimeout as sleep } from 'node:timers/promises'
import type { Running } from '../test/fault/installation.js'
import { openInstallation } from './installation.js'
import { below, type Figure } from './measure.js'
import { megabytes } from './memory.js'
import { secondsOr } from './options.js'
import { slope } from './slope.js'
import { steady } from './steady.js'

/** Events a second: a load that leaves the machine its breath. */
const RATE = 4000
const WARM_UP = 60_000
const EVERY = 2000

/**
 * Whether memory grows: ingest and an aggregator, each a process of its own on Kafka, under a steady load. The window of
 * ids is a small one, which is full after the warm-up: until then it grows, to what its size says.
 */
export async function kafkaMemory(): Promise<Figure[]> {
  process.env.ASSAY_ID_WINDOW = '10000'
  const place = await openInstallation()
  try {
    const stages = [await place.start('aggregator'), await place.start('ingest')]
    const urls = place.of('ingest').map((r) => r.url)
    const load = new AbortController()
    const loading = steady({
      urls,
      key: place.keys.write,
      app: 'shop',
      rate: RATE,
      signal: AbortSignal.timeout(secondsOr(600) * 1000),
    })
    const [samples] = await Promise.all([sample(stages, load.signal), loading.finally(() => load.abort())])
    return stages.map(({ stage }, i) => growth(stage, samples, i))
  } finally {
    await place.close()
  }
}

/** When, in minutes, and the megabytes resident in each process. */
interface Sample {
  minutes: number
  resident: number[]
}

async function sample(stages: readonly Running[], signal: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let wait = WARM_UP; await sleep(wait, true, { signal }).catch(() => false); wait = EVERY) {
    const resident = stages.map(({ child }) => megabytes(child.pid!, 'VmRSS'))
    samples.push({ minutes: performance.now() / 60_000, resident })
  }
  return samples
}

function growth(stage: string, samples: readonly Sample[], i: number): Figure {
  const resident = samples.map((s) => s.resident[i]!)
  const line = slope(
    samples.map((s) => s.minutes),
    resident,
  )
  const error = line.standardError.toFixed(2)
  const range = `${Math.round(Math.min(...resident))} to ${Math.round(Math.max(...resident))} MB`
  const name = `${stage} on Kafka, growth of all resident at ${RATE} events/s, ± ${error} (standard error), ${range}`
  return below(name, line.slope, 'MB/min', 1)
}
