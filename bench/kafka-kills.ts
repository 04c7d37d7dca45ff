import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation } from '../test/fault/installation.js'
import { judge, openInstallation, settled } from './installation.js'
import { LagWatch, type Spread } from './lag.js'
import { load } from './load.js'
import { atLeast, compared, type Figure } from './measure.js'
import { rateOr, secondsOr } from './options.js'
import { steady } from './steady.js'

/** Milliseconds from one kill to the next. */
const EVERY = 10_000

interface Run {
  /** Events a second. */
  acknowledged: number
  /** While the load lasted. */
  counted: number
  records: Spread
  seconds: Spread
}

/**
 * Many processes at half of what they sustain, undisturbed, while one aggregator after another is killed and replaced, and
 * while a third joins two. Fails unless every acknowledged event was counted once each time.
 */
export async function kafkaKills(): Promise<Figure[]> {
  const place = await openInstallation()
  try {
    for (const stage of ['aggregator', 'aggregator', 'aggregator', 'ingest', 'ingest'] as const)
      await place.start(stage)
    const rate = await rateOr(async () => (await sustained(place)) / 2)
    const undisturbed = await run(place, { app: 'undisturbed', rate })
    const killed = await run(place, { app: 'killed', rate, disturb: killRepeatedly })
    await place.of('aggregator')[0]!.end('SIGTERM')
    const joined = await run(place, { app: 'joined', rate, disturb: join })
    const at = `at ${Math.round(rate).toLocaleString('en-US')} events/s`
    return [
      ...figures(`one of three killed each ${EVERY / 1000} s, ${at}`, killed, undisturbed),
      ...figures(`a third joins two, ${at}`, joined, undisturbed),
    ]
  } finally {
    await place.close()
  }
}

function figures(name: string, run: Run, undisturbed: Run): Figure[] {
  const rates = (['acknowledged', 'counted'] as const).map((what) =>
    atLeast(`${name}: ${what}`, run[what], 'events/s', 'undisturbed', undisturbed[what], 0.95),
  )
  const lags = (['median', 'p99', 'greatest'] as const).flatMap((what) => [
    compared(`${name}: lag, ${what}`, run.records[what], 'records', 'undisturbed', undisturbed.records[what]),
    compared(`${name}: until caught up, ${what}`, run.seconds[what], 's', 'undisturbed', undisturbed.seconds[what]),
  ])
  return [...rates, ...lags]
}

interface Task {
  app: string
  rate: number
  disturb?: (place: Installation, signal: AbortSignal) => Promise<void>
}

/** A steady load beside what is done to those who count it, judged when all is counted. */
async function run(place: Installation, { app, rate, disturb = async () => {} }: Task): Promise<Run> {
  await settled(place)
  const urls = place.of('ingest').map((r) => r.url)
  const [watch, stop, started] = [new LagWatch(place), new AbortController(), performance.now()]
  const loading = steady({ urls, key: place.keys.write, app, rate, signal: AbortSignal.timeout(secondsOr(60) * 1000) })
  const [events] = await Promise.all([loading.finally(() => stop.abort()), disturb(place, stop.signal)])
  const loaded = performance.now()
  await watch.caughtUp()
  const lag = await watch.stop(loaded)
  await judge(place, app, events)
  return { acknowledged: events / ((loaded - started) / 1000), ...lag }
}

/** The one that runs longest each time, so that each is killed, the leader too. */
async function killRepeatedly(place: Installation, signal: AbortSignal): Promise<void> {
  while (await lasts(EVERY, signal)) {
    await place.of('aggregator')[0]!.end('SIGKILL')
    await place.start('aggregator')
  }
}

async function join(place: Installation, signal: AbortSignal): Promise<void> {
  if (await lasts((secondsOr(60) * 1000) / 2, signal)) await place.start('aggregator')
}

/** Whether so many milliseconds passed before the signal came. */
const lasts = (ms: number, signal: AbortSignal) => sleep(ms, true, { signal }).catch(() => false)

/** Events a second from the first acknowledged to the last one counted, at full load. */
async function sustained(place: Installation): Promise<number> {
  await settled(place)
  const { url } = place.of('ingest')[0]!
  const [watch, seconds, started] = [new LagWatch(place), 10, performance.now()]
  const rate = await load({ url, keys: place.keys }, 100, seconds)
  const counted = await watch.caughtUp()
  await watch.stop(counted)
  return (rate * seconds) / ((counted - started) / 1000)
}
