import { expect, test, vi } from 'vitest'
import { browser, browserEach, ids, line, open, opened, type Page } from '../testkit/tabs.js'
import { seeded } from '../testkit/weather.js'

browserEach()

const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`tabs: SEED=${first}`)
test.each(Array.from({ length: 40 }, (_, i) => first + i))(
  'tabs of seed %i lose no event, and no two hold one',
  async (seed) => {
    browser.quota = 1e6
    const random = seeded(seed)
    const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!
    const delivered = new Set<string>()
    let living = [await opened()]
    const away = new Set<Page>()
    let added = 0
    for (let step = 0; step < 150; step++) {
      const page = pick(living)
      const happens = pick([
        'open',
        'add',
        'add',
        'add',
        'deliver',
        'die',
        'away',
        'back',
        'online',
        'visibilitychange',
      ])
      if (happens === 'open' && living.length < 5) living.push(random() < 0.5 ? await opened() : open())
      if (happens === 'add' && !away.has(page)) {
        const one = line(`${added}`, added++)
        page.waiting.push(one)
        page.keep.add(one)
      }
      if (happens === 'deliver' && !away.has(page)) {
        const batch = page.waiting.splice(0, 1 + random() * 5)
        for (const { id } of batch) delivered.add(id)
        page.keep.remove(batch)
      }
      if (happens === 'die' && living.length > 1) {
        page.die()
        living = living.filter((one) => one !== page)
      }
      if (happens === 'away' && !away.has(page)) {
        away.add(page)
        await page.emit('pagehide')
      }
      if (happens === 'back' && away.delete(page)) await page.emit('pageshow', { persisted: true })
      if (/^[ov].*e$/.test(happens) && !away.has(page)) await page.emit(happens)
      await vi.advanceTimersByTimeAsync(random() * 1500)
      const all = living.flatMap(ids)
      expect(new Set(all).size).toBe(all.length)
      expect(all.filter((id) => delivered.has(id))).toEqual([])
    }
    for (const page of living) page.die()
    const last = await opened()
    for (const id of ids(last)) delivered.add(id)
    expect(delivered.size).toBe(added)
  },
)
