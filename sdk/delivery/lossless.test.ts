import { afterEach, expect, test, vi } from 'vitest'
import { createGuard } from '../guard.js'
import { seeded } from '../testkit/random.js'
import { Weather } from '../testkit/weather.js'
import { createDelivery } from './delivery.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`no event is lost unsaid: SEED=${first}`)

/** Time, chance and patience are played. */
function play(random: () => number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2031, 0, 1) })
  vi.spyOn(Math, 'random').mockImplementation(random)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((after) => {
    const ends = new AbortController()
    setTimeout(() => ends.abort(Error('timeout')), after)
    return ends.signal
  })
}

/** Bodies are read outside of the timers' time. */
async function pass(milliseconds: number) {
  await vi.advanceTimersByTimeAsync(milliseconds)
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  await vi.advanceTimersByTimeAsync(0)
}

function openPage(beacon: Weather['beacon']) {
  const page = Object.assign(new EventTarget(), { hidden: false, onLine: true, sendBeacon: beacon })
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', page)
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  return page
}

const QUEUE = 40

/** A delivery in a page or on a server, and all that may happen to it. */
function begin(weather: Weather, random: () => number) {
  const page = random() < 0.5 ? openPage(weather.beacon) : undefined
  const count = { added: 0, dropped: 0 }
  const delivery = createDelivery(
    {
      ...{ url: '', key: 'k', app: 'shop', queue: QUEUE, batch: { events: 10 } },
      ...{ fetch: weather.fetch, compress: weather.compress },
      onDrop(dropped) {
        count.dropped += dropped
      },
    },
    createGuard(),
  )
  const track = () => {
    const id = `${count.added++}`.padStart(4, '0')
    const size = random() < 0.02 ? 40_000 : random() < 0.1 ? 20_000 : 10
    delivery.add({ id, json: JSON.stringify({ id, text: (random() < 0.1 ? '漢' : 'x').repeat(size) }) })
  }
  const happenings: (() => unknown)[] = [
    ...[track, track, track],
    () => Array.from({ length: 25 }, track),
    () => void delivery.flush(),
    () => vi.setSystemTime(random() * 4e12),
    () => page && Object.assign(page, { hidden: !page.hidden }).dispatchEvent(new Event('visibilitychange')),
    () => page?.dispatchEvent(new Event('pagehide')),
    () => page && Object.assign(page, { onLine: !page.onLine }).onLine && page.dispatchEvent(new Event('online')),
    () => pass(random() * 100_000),
  ]
  return { count, happenings, close: delivery.close }
}

const seeds = Array.from({ length: 60 }, (_, i) => first + i)
test.each(seeds)('seed %i: each is delivered, or given up and told of', async (seed) => {
  const random = seeded(seed)
  play(random)
  const weather = new Weather(random)
  const { count, happenings, close } = begin(weather, random)
  const accounted = () => weather.stored.size + weather.lost.size + count.dropped
  for (let step = 0; step < 80; step++) {
    await weather.pick(happenings)()
    expect(count.added - accounted()).toBeLessThanOrEqual(QUEUE)
    await pass(random() * 1500)
  }
  weather.isFair = random() < 0.8
  void close()
  for (let i = 0; i < 20; i++) await pass(10_000)

  for (const ids of weather.batches) expect(ids).toEqual([...ids].sort())
  expect(weather.most).toBeLessThanOrEqual(1)
  const twice = accounted() - count.added
  expect(twice).toBeGreaterThanOrEqual(0)
  // Stored without an answer, then sent again and given up.
  expect(twice).toBeLessThanOrEqual(weather.unheard.size)
})
