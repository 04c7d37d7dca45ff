import { afterEach, beforeEach, vi } from 'vitest'
import type { Keep, Line } from '../delivery/keep.js'
import { type OfflineOptions, offline } from '../delivery/offline.js'

/** What the tabs of one browser share. */
export const browser = { stored: {} as Record<string, string>, held: new Set<string>(), quota: 1000 }
const storage = () =>
  new Proxy(browser.stored, {
    get: (all, key: string) =>
      ({
        getItem: (name: string) => all[name] ?? null,
        setItem: (name: string, value: string) => {
          if (Object.values({ ...all, [name]: value }).join('').length > browser.quota) throw Error('quota')
          all[name] = value
        },
        removeItem: (name: string) => delete all[name],
      })[key],
  })
const locksOf = (me: Tab) => ({
  async request(name: string, _: object, granted: (lock: object | null) => unknown) {
    if (me.isDead || browser.held.has(name)) return granted(null)
    browser.held.add(name)
    me.locks.add(name)
    await granted({})
    if (me.locks.delete(name)) browser.held.delete(name)
  },
})

interface Tab {
  target: EventTarget
  locks: Set<string>
  isDead: boolean
}

export interface Page {
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
export function open(options?: OfflineOptions, withLocks = true, giveStorage = allow): Page {
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
      for (const name of me.locks) browser.held.delete(name)
      me.locks.clear()
    },
  }
}

export async function opened(...args: Parameters<typeof open>): Promise<Page> {
  const page = open(...args)
  const [, withLocks = true] = args
  await vi.advanceTimersByTimeAsync(withLocks ? 500 : 1500)
  await page.opened
  return page
}

export const line = (id: string, time = 1): Line => ({ id, json: JSON.stringify({ id, time }) })
export const ids = ({ waiting }: Page) => waiting.map(({ id }) => id)

/** Before each test a browser without pages, on which time is played. */
export function browserEach(): void {
  beforeEach(() => {
    Object.assign(browser, { stored: {}, held: new Set(), quota: 1000 })
    vi.useFakeTimers({ now: 1_000_000 })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
}
