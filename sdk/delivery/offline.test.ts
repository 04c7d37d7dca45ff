import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Keep, Line } from './keep.js'
import { type OfflineOptions, offline } from './offline.js'

/** What the tabs of one browser share. */
let stored: Record<string, string>
let held: Set<string>
const storage = () =>
  new Proxy(stored, {
    get: (all, key: string) =>
      ({
        getItem: (name: string) => all[name] ?? null,
        setItem: (name: string, value: string) => {
          if (Object.values({ ...all, [name]: value }).join('').length > 1000) throw Error('quota')
          all[name] = value
        },
        removeItem: (name: string) => delete all[name],
      })[key],
  })
const locksOf = (me: Tab) => ({
  async request(name: string, _: object, granted: (lock: object | null) => unknown) {
    if (me.isDead || held.has(name)) return granted(null)
    held.add(name)
    me.locks.add(name)
    await granted({})
    held.delete(name)
  },
})

interface Tab {
  target: EventTarget
  locks: Set<string>
  isDead: boolean
}

interface Page {
  keep: Keep
  /** What a delivery would hold in memory. */
  waiting: Line[]
  opened: Promise<void>
  emit(event: string, more?: object): Promise<void>
  /** Without a word, as a process that is killed. */
  die(): void
}

const allow = () => void vi.stubGlobal('localStorage', storage())

/** A page in a tab of its own, with as much of a delivery as keeps have to do with. */
function open(options?: OfflineOptions, withLocks = true, giveStorage = allow): Page {
  const me: Tab = { target: new EventTarget(), locks: new Set(), isDead: false }
  vi.stubGlobal('addEventListener', me.target.addEventListener.bind(me.target))
  vi.stubGlobal('document', { hidden: false })
  giveStorage()
  vi.stubGlobal('navigator', withLocks ? { locks: locksOf(me) } : {})
  const keep = offline(options)
  const waiting: Line[] = []
  const add = (line: Line) => {
    waiting.push(line)
    keep.add(line)
  }
  return {
    keep,
    waiting,
    opened: keep.adopt(add, () => waiting.splice(0)),
    async emit(event, more = {}) {
      me.target.dispatchEvent(Object.assign(new Event(event), more))
      await vi.advanceTimersByTimeAsync(2500)
    },
    die() {
      me.isDead = true
      for (const name of me.locks) held.delete(name)
    },
  }
}

async function opened(...args: Parameters<typeof open>): Promise<Page> {
  const page = open(...args)
  const [, withLocks = true] = args
  await vi.advanceTimersByTimeAsync(withLocks ? 500 : 1500)
  await page.opened
  return page
}

const line = (id: string, time = 1): Line => ({ id, json: JSON.stringify({ id, time }) })
const ids = ({ waiting }: Page) => waiting.map(({ id }) => id)

beforeEach(() => {
  stored = {}
  held = new Set()
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

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
  expect(stored).toEqual({})
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
  expect([ids(page), held.size]).toEqual([[], 0])
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
  expect(Object.values(stored).join()).toBe('{"id":"b","time":1},{"id":"c","time":1}')
  expect(() => keep.add(line('x'.repeat(100)))).toThrow('no room')
})

test('when the browser has no more room the oldest go, and that is told', async () => {
  stored.other = 'x'.repeat(960)
  const { keep } = await opened()
  keep.add(line('a'))
  keep.add(line('b'))
  expect(() => keep.add(line('c'))).toThrow('1 older events')
})

test('what others wrote under such keys is no event, and goes', async () => {
  stored = { 'assay/gone/a': 'nonsense', 'assay/gone/b': 'null', other: '1' }
  expect([ids(await opened()), stored]).toEqual([[], { other: '1' }])
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
