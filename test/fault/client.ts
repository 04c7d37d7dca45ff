interface Wire {
  id: string
  app: string
  user: string
  event: string
  value: number
  time: number
  testId: string
  branch: string
}

const HOUR = 3_600_000
/** Bodies kept to be delivered again. */
const RECENT = 10

/** A client that retries under the same ids whatever was not acknowledged, as the SDK does. */
export class RetryingClient {
  readonly acknowledged = new Set<string>()
  readonly sent = new Set<string>()
  /** Events acknowledged although they had been before. */
  repeated = 0
  #unacknowledged: Wire[][] = []
  #recent: Wire[][] = []
  #next = 0
  readonly #name: string
  readonly #random: () => number

  constructor(name: string, random: () => number) {
    this.#name = name
    this.#random = random
  }

  /** Sends batches one after another, old ones first, until the server is gone. */
  async sendUntilGone(url: string, key: string): Promise<void> {
    for (;;) {
      const batch = this.#unacknowledged.shift() ?? this.#newBatch()
      if (!(await this.#post(url, key, batch))) {
        this.#unacknowledged.push(batch)
        return
      }
    }
  }

  /** Sends a batch, an old one first; once more where asked, as a network may. */
  async sendSome(url: string, key: string, twice: boolean): Promise<void> {
    const batch = this.#unacknowledged.shift() ?? this.#newBatch()
    if (!(await this.#post(url, key, batch))) this.#unacknowledged.push(batch)
    else if (twice) await this.#post(url, key, batch.toReversed())
  }

  /** Sends what is still unacknowledged. */
  async finish(url: string, key: string): Promise<void> {
    for (let batch = this.#unacknowledged.shift(); batch !== undefined; batch = this.#unacknowledged.shift()) {
      if (await this.#post(url, key, batch)) continue
      this.#unacknowledged.unshift(batch)
      throw new Error('the server refused a retry')
    }
  }

  /** Delivers the last bodies that were acknowledged once more, all at once, the last ones first. */
  async redeliver(urls: readonly string[], key: string): Promise<void> {
    const bodies = this.#recent.toReversed()
    await Promise.all(bodies.map((batch, i) => this.#post(urls[i % urls.length]!, key, batch)))
  }

  /** What it is going to send next, for somebody who is faster. */
  foresee(): readonly Wire[] {
    const batch = this.#newBatch()
    this.#unacknowledged.push(batch)
    return batch
  }

  async #post(url: string, key: string, batch: Wire[]): Promise<boolean> {
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      })
      if (response.status !== 202) return false
      await response.json()
      this.#acknowledge(batch)
      return true
    } catch {
      return false
    }
  }

  #acknowledge(batch: Wire[]): void {
    if (this.acknowledged.has(batch[0]!.id)) this.repeated += batch.length
    for (const { id } of batch) this.acknowledged.add(id)
    this.#recent = [...this.#recent, batch].slice(-RECENT)
  }

  /** Times are out of order: from three hours ago to half an hour ahead. */
  #newBatch(): Wire[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * 60) }, () => {
      const n = this.#next++
      const id = `${this.#name}-${n}`
      this.sent.add(id)
      const user = `u${Math.floor(this.#random() * 500)}`
      const event = ['$exposure', 'view', 'buy'][n % 3]!
      const time = Date.now() + Math.floor((this.#random() * 3.5 - 3) * HOUR)
      const branch = user.endsWith('1') ? 'b' : 'a'
      return { id, app: 'shop', user, event, value: n % 10, time, testId: 'checkout', branch }
    })
  }
}
