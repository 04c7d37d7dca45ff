/** A client that retries under the same ids whatever was not acknowledged, as the SDK does. */
export class RetryingClient {
  readonly acknowledged = new Set<string>()
  readonly sent = new Set<string>()
  /** Events sent again although they had been acknowledged. */
  repeated = 0
  #unacknowledged: object[][] = []
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
    else if (twice && (await this.#post(url, key, batch.toReversed()))) this.repeated += batch.length
  }

  /** Sends what is still unacknowledged. */
  async finish(url: string, key: string): Promise<void> {
    for (let batch = this.#unacknowledged.shift(); batch !== undefined; batch = this.#unacknowledged.shift()) {
      if (await this.#post(url, key, batch)) continue
      this.#unacknowledged.unshift(batch)
      throw new Error('the server refused a retry')
    }
  }

  async #post(url: string, key: string, batch: object[]): Promise<boolean> {
    try {
      const response = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      })
      if (response.status !== 202) return false
      await response.json()
      for (const e of batch as { id: string }[]) this.acknowledged.add(e.id)
      return true
    } catch {
      return false
    }
  }

  #newBatch(): object[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * 60) }, () => {
      const n = this.#next++
      const id = `${this.#name}-${n}`
      this.sent.add(id)
      const user = `u${Math.floor(this.#random() * 500)}`
      const event = ['$exposure', 'view', 'buy'][n % 3]!
      return { id, app: 'shop', user, event, value: n % 10, testId: 'checkout', branch: user.endsWith('1') ? 'b' : 'a' }
    })
  }
}
