import type { Line } from '../delivery/keep.js'

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const later = [
  {},
  { 'retry-after': '20' },
  { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' },
  { 'retry-after': 'Wed, 01 Jan 2031 00:01:00 GMT' },
  { 'retry-after': 'soon' },
]

/** A server and the way to it on a day when anything may happen, and what became of events. */
export class Weather {
  readonly stored = new Set<string>()
  /** Stored, while the client heard of no answer. */
  readonly unheard = new Set<string>()
  /** Let go by the browser while nobody knew that the server is away. */
  readonly lost = new Set<string>()
  readonly batches: string[][] = []
  isFair = false
  /** Requests under way, and the most that there were. */
  underWay = 0
  most = 0
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)]!
  }

  readonly fetch = (async (_: string, { body, signal }: RequestInit) => {
    const ids = idsOf(await (body as Blob).text())
    this.batches.push(ids)
    this.most = Math.max(this.most, ++this.underWay)
    try {
      return await this.#answer(ids, signal!)
    } finally {
      this.underWay--
    }
  }) as typeof fetch

  /** As `navigator.sendBeacon`: what is taken may arrive, or be lost without a word. */
  readonly beacon = (_: string, body: string): boolean => {
    if (body.length > 64_000 || this.#random() < 0.2) return false
    const hasArrived = this.isFair || this.#random() < 0.5
    for (const id of idsOf(body)) (hasArrived ? this.stored : this.lost).add(id)
    return true
  }

  readonly compress = async (): Promise<Blob | null> => {
    if (this.#random() < 0.3) await wait(this.#random() * 500)
    if (this.#random() < 0.1) throw Error('zlib')
    return null
  }

  async #answer(ids: string[], signal: AbortSignal): Promise<Response> {
    if (this.isFair) return this.#store(ids)
    const slow = this.#random() < 0.2 ? wait(this.#random() * 90_000) : wait(this.#random() * 300)
    await Promise.race([
      slow,
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ])
    switch (this.pick(['taken', 'taken', 'some refused', 'refused', 'later', 'later', 'away', 'unheard'])) {
      case 'taken':
        return this.#store(ids)
      case 'some refused':
        return this.#store(ids.slice(1), [{ index: 0, message: 'no' }])
      case 'refused':
        return Response.json({ detail: 'no' }, { status: this.pick([400, 401, 403, 413]) })
      case 'later':
        return new Response('', { status: this.pick([408, 425, 429, 500, 503]), headers: this.pick(later) })
      case 'unheard':
        for (const id of ids) this.unheard.add(id)
        this.#store(ids)
    }
    throw TypeError('fetch failed')
  }

  #store(ids: string[], rejected: object[] = []): Response {
    for (const id of ids) this.stored.add(id)
    return Response.json({ rejected }, { status: 202 })
  }
}

const idsOf = (body: string): string[] => JSON.parse(body).events.map(({ id }: Line) => id)
