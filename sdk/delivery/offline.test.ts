import { expect, test, vi } from 'vitest'
import { browser, browserEach, ids, line, open, opened } from '../testkit/tabs.js'

browserEach()

test('what a closed tab left is the next one’s, the oldest first', async () => {
  const first = await opened()
  first.keep.add(line('b', 2))
  first.keep.add(line('a', 1))
  first.die()
  expect(ids(await opened())).toEqual(['a', 'b'])
})

test('what a page left that was not quite gone is taken a moment later', async () => {
  const first = await opened()
  first.keep.add(line('a'))
  const second = await opened()
  expect(ids(second)).toEqual([])
  first.die()
  await vi.advanceTimersByTimeAsync(1000)
  expect(ids(second)).toEqual(['a'])
})

test('what was delivered is gone', async () => {
  const first = await opened()
  first.keep.add(line('a'))
  first.keep.remove([line('a')])
  expect(browser.stored).toEqual({})
})

test('nobody takes what belongs to a tab that lives, nor what somebody took already', async () => {
  const dead = await opened()
  dead.keep.add(line('a'))
  dead.die()
  const pages = await Promise.all([opened(), opened(), opened()])
  expect(pages.flatMap(ids)).toEqual(['a'])
  for (const page of pages) await page.emit('online')
  expect(pages.flatMap(ids)).toEqual(['a'])
})

test('a tab that took over and dies leaves both its own and what it took', async () => {
  const first = await opened()
  first.keep.add(line('a'))
  first.die()
  const second = await opened()
  second.keep.add(line('b', 2))
  second.die()
  expect(ids(await opened())).toEqual(['a', 'b'])
})

test.each(['online', 'visibilitychange'])('a tab that lives takes over at %s', async (event) => {
  const dying = await opened()
  const living = await opened()
  dying.keep.add(line('a'))
  dying.die()
  await living.emit(event)
  expect(ids(living)).toEqual(['a'])
})

test('a page in the back/forward cache has nothing in memory, and takes it back if nobody did', async () => {
  const page = await opened()
  page.keep.add(line('a'))
  page.waiting.push(line('a'))
  await page.emit('pagehide')
  expect([ids(page), browser.held.size]).toEqual([[], 0])
  await page.emit('pageshow', { persisted: true })
  expect(ids(page)).toEqual(['a'])
  await page.emit('pagehide')
  const next = await opened()
  await page.emit('pageshow', { persisted: true })
  expect([ids(page), ids(next)]).toEqual([[], ['a']])
})

test.each([
  [10_000, ['a']],
  [100_000, []],
])('what went off with a page counts as delivered unless another page comes soon: %i ms', async (after, left) => {
  const page = await opened()
  page.keep.add(line('a'))
  page.keep.remove([line('a')], true)
  page.die()
  await vi.advanceTimersByTimeAsync(after)
  const next = await opened()
  expect(ids(next)).toEqual(left)
  next.die()
  await vi.advanceTimersByTimeAsync(100_000)
  expect(ids(await opened())).toEqual(left)
})

test('beyond its room the oldest go, and that is told', async () => {
  const { keep } = await opened({ characters: 50 })
  keep.add(line('a'))
  keep.add(line('b'))
  expect(() => keep.add(line('c'))).toThrow('1 older events wait in memory alone')
  expect(Object.values(browser.stored).join()).toBe('{"id":"b","time":1},{"id":"c","time":1}')
  expect(() => keep.add(line('x'.repeat(100)))).toThrow('no room')
})

test('when the browser has no more room the oldest go, and that is told', async () => {
  browser.stored.other = 'x'.repeat(960)
  const { keep } = await opened()
  keep.add(line('a'))
  keep.add(line('b'))
  expect(() => keep.add(line('c'))).toThrow('1 older events')
})

test('what others wrote under such keys is no event, and goes', async () => {
  browser.stored = { 'assay/gone/a': 'nonsense', 'assay/gone/b': 'null', other: '1' }
  expect([ids(await opened()), browser.stored]).toEqual([[], { other: '1' }])
})

test('storage that is denied is told of once, and everything waits in memory', async () => {
  const deny = () =>
    void Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => {
        throw Error('denied')
      },
    })
  const { keep, opened: adopted } = open({}, true, deny)
  await expect(adopted).rejects.toThrow('denied')
  expect(() => keep.add(line('a'))).not.toThrow()
  Reflect.deleteProperty(globalThis, 'localStorage')
})

test('let go, it leaves what waits to others and hears of nothing more', async () => {
  const page = await opened()
  page.keep.add(line('a'))
  page.keep.release?.()
  expect(ids(await opened())).toEqual(['a'])
  await page.emit('online')
  expect(ids(page)).toEqual([])
})

test('names keep clients apart', async () => {
  const shop = await opened({ name: 'shop' })
  shop.keep.add(line('a'))
  shop.die()
  expect(ids(await opened({ name: 'blog' }))).toEqual([])
  expect(ids(await opened({ name: 'shop' }))).toEqual(['a'])
})

test('a page that leaves while it takes over has nothing in memory, and holds nothing', async () => {
  const gone = await Promise.all([opened(), opened(), opened()])
  for (const [i, page] of gone.entries()) {
    page.keep.add(line(`${i}`))
    page.die()
  }
  const leaving = open()
  for (let turn = 0; browser.held.size < 3; turn++) {
    expect(turn).toBeLessThan(100)
    await Promise.resolve()
  }
  await leaving.emit('pagehide')
  expect([ids(leaving), browser.held.size]).toEqual([[], 0])
  expect(ids(await opened())).toEqual(['0', '1', '2'])
})

test('without locks a lease of a clock that has gone back since is none', async () => {
  vi.setSystemTime(Date.UTC(2026, 0, 2))
  const gone = await opened({}, false)
  gone.keep.add(line('a'))
  vi.setSystemTime(Date.UTC(2026, 0, 1))
  vi.clearAllTimers()
  const next = open({}, false)
  await vi.advanceTimersByTimeAsync(3000)
  expect(ids(next)).toEqual(['a'])
})

test('without locks a lease says who lives: it is renewed, and runs out with its page', async () => {
  const first = await opened({}, false)
  first.keep.add(line('a'))
  await vi.advanceTimersByTimeAsync(1_000_000)
  const [second, third] = await Promise.all([opened({}, false), opened({}, false)])
  expect([ids(second), ids(third)]).toEqual([[], []])
  await first.emit('pagehide')
  await Promise.all([second.emit('online'), third.emit('online')])
  expect([...ids(second), ...ids(third)]).toEqual(['a'])
})

test('a page that let go of all, and begins anew, lets go again as it leaves', async () => {
  const page = await opened()
  page.keep.release?.()
  await page.keep.adopt(
    () => {},
    () => [],
  )
  page.keep.add(line('a'))
  await page.emit('pagehide')
  expect([browser.held.size, ids(await opened())]).toEqual([0, ['a']])
})
