import { expect, test, vi } from 'vitest'
import { seeded } from '../testkit/random.js'
import { browser, browserEach, ids, line, open, opened, type Page } from '../testkit/tabs.js'

browserEach()

const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`tabs: SEED=${first}`)

/** Tabs of a browser, and what may happen to one of them. */
class Tabs {
  living: Page[] = []
  /** In the back/forward cache. */
  readonly away = new Set<Page>()
  readonly delivered = new Set<string>()
  added = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!
  }

  /** To any tab. */
  readonly always: ((page: Page) => unknown)[] = [
    async () => this.living.length < 5 && this.living.push(this.#random() < 0.5 ? await opened() : open()),
    (page) => this.living.length > 1 && this.#kill(page),
    (page) => this.away.delete(page) && page.emit('pageshow', { persisted: true }),
  ]
  /** To a tab that is not away. */
  readonly here: ((page: Page) => unknown)[] = [
    ...Array.from({ length: 3 }, () => (page: Page) => this.#add(page)),
    (page) => this.#deliver(page),
    (page) => this.away.add(page) && page.emit('pagehide'),
    (page) => page.emit('online'),
    (page) => page.emit('visibilitychange'),
  ]

  #add(page: Page) {
    const one = line(`${this.added}`, this.added++)
    page.waiting.push(one)
    page.keep.add(one)
  }
  #deliver(page: Page) {
    const batch = page.waiting.splice(0, 1 + this.#random() * 5)
    for (const { id } of batch) this.delivered.add(id)
    page.keep.remove(batch)
  }
  #kill(page: Page) {
    page.die()
    this.living = this.living.filter((one) => one !== page)
  }
}

const seeds = Array.from({ length: 40 }, (_, i) => first + i)
test.each(seeds)('tabs of seed %i lose no event, and no two hold one', async (seed) => {
  browser.quota = 1e6
  const random = seeded(seed)
  const tabs = new Tabs(random)
  tabs.living.push(await opened())
  for (let step = 0; step < 150; step++) {
    const page = tabs.pick(tabs.living)
    await tabs.pick([...tabs.always, ...(tabs.away.has(page) ? [] : tabs.here)])(page)
    await vi.advanceTimersByTimeAsync(random() * 1500)
    const all = tabs.living.flatMap(ids)
    expect(new Set(all).size).toBe(all.length)
    expect(all.filter((id) => tabs.delivered.has(id))).toEqual([])
  }
  for (const page of tabs.living) page.die()
  for (const id of ids(await opened())) tabs.delivered.add(id)
  expect(tabs.delivered.size).toBe(tabs.added)
})
