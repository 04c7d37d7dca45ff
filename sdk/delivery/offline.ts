import { newId } from '../id.js'
import { type Claims, leaseClaims, lockClaims, quiet } from './claims.js'
import type { Keep, Line } from './keep.js'
import { Shelf } from './shelf.js'

/** What `offline` takes. */
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
  return new Offline(name, characters)
}

class Offline implements Keep {
  readonly #name: string
  readonly #characters: number
  /** Events that are in memory alone for now. */
  readonly #unwritten = new Map<string, Line>()
  #shelf: Shelf | undefined
  /** What this page's keys begin with, while it is known that they are nobody else's. */
  #page = ''
  #claims: Claims | undefined
  #newClaims!: () => Claims
  #timer: ReturnType<typeof setTimeout> | undefined
  #add!: (line: Line) => void
  #forget!: () => readonly Line[]
  #ends!: AbortController

  constructor(name: string, characters: number) {
    this.#name = name
    this.#characters = characters
  }

  add(line: Line): void {
    if (this.#shelf?.has(line.id)) return
    this.#unwritten.set(line.id, line)
    if (this.#page) this.#write()
  }

  remove(lines: readonly Line[], isUnsure?: boolean): void {
    for (const { id } of lines) this.#unwritten.delete(id)
    this.#shelf?.remove(lines, isUnsure)
  }

  async adopt(add: (line: Line) => void, forget: () => readonly Line[]): Promise<void> {
    if (!globalThis.document) return
    this.#add = add
    this.#forget = forget
    this.#ends = new AbortController()
    const again = quiet(() => {
      this.#leave()
      return this.#enter()
    })
    const { locks } = navigator
    this.#newClaims = () => (locks ? lockClaims(locks) : leaseClaims(localStorage, again))
    this.#on('pagehide', () => this.#leave())
    this.#on('pageshow', ({ persisted }) => persisted && this.#enter())
    this.#on('online', () => this.#lookSoon())
    this.#on('visibilitychange', () => document.hidden || this.#lookSoon())
    await this.#enter()
  }

  release(): void {
    if (!this.#claims) return
    this.#ends.abort()
    this.#leave()
  }

  async #enter(): Promise<void> {
    this.#claims = this.#newClaims()
    this.#shelf = new Shelf(localStorage, this.#name, this.#characters)
    this.#unwritten.forEach(this.#add)
    const page = this.#nextPage()
    if (!(await this.#claims.take(page))) return
    this.#page = page
    this.#lookSoon()
    await this.#takeOver().finally(() => this.#write())
  }

  /** Pages that may come back hold nothing meanwhile: others take over, and will have sent it. */
  #leave(): void {
    this.#page ||= this.#nextPage()
    quiet(() => this.#write())()
    for (const line of this.#forget()) if (!this.#shelf?.has(line.id)) this.#unwritten.set(line.id, line)
    this.#page = ''
    clearTimeout(this.#timer)
    this.#claims!.release()
  }

  async #takeOver(): Promise<void> {
    const shelf = this.#shelf!
    const claims = this.#claims!
    for (const gone of shelf.pages()) if ((await claims.take(gone)) && this.#page) shelf.take(gone).forEach(this.#add)
  }

  #lookSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      quiet(() => this.#takeOver()),
      MOMENT,
    )
  }

  #write(): void {
    for (const [id, line] of this.#unwritten) {
      this.#unwritten.delete(id)
      this.#shelf?.put(this.#page, line)
    }
  }

  #nextPage = () => `${this.#name}/${newId()}/`

  #on(event: string, listener: (event: PageTransitionEvent) => unknown): void {
    addEventListener(event, quiet(listener) as (event: Event) => unknown, this.#ends)
  }
}
