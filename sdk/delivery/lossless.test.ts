import { afterEach, expect, test, vi } from 'vitest'
import { createGuard } from '../guard.js'
import { seeded, Weather } from '../testkit/weather.js'
import { createDelivery } from './delivery.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`no event is lost unsaid: SEED=${first}`)

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

test.each(Array.from({ length: 60 }, (_, i) => first + i))(
  'seed %i: each is delivered, or given up and told of',
  async (seed) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2031, 0, 1) })
    const random = seeded(seed)
    vi.spyOn(Math, 'random').mockImplementation(random)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((after) => {
      const ends = new AbortController()
      setTimeout(() => ends.abort(Error('timeout')), after)
      return ends.signal
    })
    const weather = new Weather(random)
    const page = random() < 0.5 ? openPage(weather.beacon) : undefined
    let dropped = 0
    const onDrop = (count: number) => {
      dropped += count
    }
    const { add, flush, close } = createDelivery(
      {
        ...{ url: '', key: 'k', app: 'shop', queue: QUEUE, batch: { events: 10 } },
        ...{ fetch: weather.fetch, compress: weather.compress, onDrop },
      },
      createGuard(),
    )
    let added = 0
    const accounted = () => weather.stored.size + weather.lost.size + dropped
    const track = () => {
      const id = `${added++}`.padStart(4, '0')
      const size = random() < 0.02 ? 40_000 : random() < 0.1 ? 20_000 : 10
      add({ id, json: JSON.stringify({ id, text: (random() < 0.1 ? '漢' : 'x').repeat(size) }) })
    }
    for (let step = 0; step < 80; step++) {
      const happens = weather.pick([
        'track',
        'track',
        'track',
        'burst',
        'flush',
        'hide',
        'gone',
        'online',
        'clock',
        'long',
      ])
      if (happens === 'track') track()
      if (happens === 'burst') for (let i = 0; i < 25; i++) track()
      if (happens === 'flush') void flush()
      if (happens === 'clock') vi.setSystemTime(random() * 4e12)
      if (page && happens === 'hide') {
        page.hidden = !page.hidden
        page.dispatchEvent(new Event('visibilitychange'))
      }
      if (page && happens === 'gone') page.dispatchEvent(new Event('pagehide'))
      if (page && happens === 'online') {
        page.onLine = !page.onLine
        if (page.onLine) page.dispatchEvent(new Event('online'))
      }
      expect(added - accounted()).toBeLessThanOrEqual(QUEUE)
      await pass(happens === 'long' ? random() * 100_000 : random() * 1500)
    }
    weather.isFair = random() < 0.8
    void close()
    for (let i = 0; i < 20; i++) await pass(10_000)

    for (const ids of weather.batches) expect(ids).toEqual([...ids].sort())
    expect(weather.most).toBeLessThanOrEqual(1)
    const twice = accounted() - added
    expect(twice).toBeGreaterThanOrEqual(0)
    // Stored without an answer, then sent again and given up; or sent again and stored.
    expect(twice).toBeLessThanOrEqual(weather.unheard.size)
  },
)
