import { newId } from '../id.js'
import { leaseClaims, lockClaims, quiet } from './claims.js'
import type { Keep, Line } from './keep.js'
import { createShelf, type Shelf } from './shelf.js'

export interface OfflineOptions {
  /** What keys begin with: `assay`, unless clients of several servers share an origin. */
  name?: string
  /** Characters kept at the most, 1,000,000; beyond that the oldest events wait in memory alone. */
  characters?: number
}

/** Milliseconds that a page which was just left or closed may take to be gone. */
const MOMENT = 1000

/**
 * Keeps waiting events in localStorage: they outlive reloads, crashes and closed tabs. Each page answers for what it
 * wrote, and for what it found of pages that are gone, so that of any number of tabs one sends an event.
 */
export function offline({ name = 'assay', characters = 1_000_000 }: OfflineOptions = {}): Keep {
  /** Events that are in memory alone for now. */
  const unwritten = new Map<string, Line>()
  let shelf: Shelf | undefined
  /** What this page's keys begin with, while it is known that they are nobody else's. */
  let page = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let close = () => {}

  const nextPage = () => `${name}/${newId()}/`
  const write = () => {
    for (const [id, line] of unwritten) {
      unwritten.delete(id)
      shelf?.put(page, line)
    }
  }
  return {
    add(line) {
      if (shelf?.has(line.id)) return
      unwritten.set(line.id, line)
      if (page) write()
    },
    remove(lines, isUnsure) {
      for (const { id } of lines) unwritten.delete(id)
      shelf?.remove(lines, isUnsure)
    },
    async adopt(add, forget) {
      if (!globalThis.document) return
      const takeOver = async () => {
        for (const gone of shelf!.pages()) if (await claims.take(gone)) shelf!.take(gone).forEach(add)
      }
      const soon = () => {
        clearTimeout(timer)
        timer = setTimeout(quiet(takeOver), MOMENT)
      }
      const enter = async () => {
        shelf = createShelf(localStorage, name, characters)
        unwritten.forEach(add)
        const mine = nextPage()
        await claims.take(mine)
        page = mine
        soon()
        await takeOver().finally(write)
      }
      // Pages that may come back hold nothing meanwhile: others take over, and will have sent it.
      const leave = () => {
        page ||= nextPage()
        quiet(write)()
        for (const line of forget()) if (!shelf?.has(line.id)) unwritten.set(line.id, line)
        page = ''
        clearTimeout(timer)
        claims.release()
      }
      const again = quiet(() => {
        leave()
        return enter()
      })
      const claims = navigator.locks ? lockClaims(navigator.locks) : leaseClaims(localStorage, again)

      const ends = new AbortController()
      close = () => {
        ends.abort()
        leave()
      }
      on(ends, 'pagehide', leave)
      on(ends, 'pageshow', ({ persisted }) => persisted && enter())
      on(ends, 'online', soon)
      on(ends, 'visibilitychange', () => document.hidden || soon())
      await enter()
    },
    release: () => close(),
  }
}

const on = (ends: AbortController, event: string, listener: (event: PageTransitionEvent) => unknown) =>
  addEventListener(event, quiet(listener) as (event: Event) => unknown, ends)
