import { setTimeout as sleep } from 'node:timers/promises'

/** What Node 20 has not: EventSource, as far as the SDK uses it, over fetch. */
export class FetchEventSource extends EventTarget {
  static readonly CLOSED = 2
  readyState = 0
  readonly #url: string
  readonly #stop = new AbortController()

  constructor(url: string) {
    super()
    this.#url = url
    void this.#run()
  }

  close(): void {
    this.readyState = FetchEventSource.CLOSED
    this.#stop.abort()
  }

  async #run(): Promise<void> {
    while (this.readyState !== FetchEventSource.CLOSED) {
      await this.#read().catch(() => {})
      if (this.#stop.signal.aborted) return
      this.dispatchEvent(new Event('error'))
      await sleep(100)
    }
  }

  async #read(): Promise<void> {
    const headers = { accept: 'text/event-stream' }
    const response = await fetch(this.#url, { headers, signal: this.#stop.signal })
    if (!response.ok) {
      this.readyState = FetchEventSource.CLOSED
      return
    }
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const messages = (text + chunk).split('\n\n')
      text = messages.pop()!
      for (const message of messages) this.#tell(message)
    }
  }

  #tell(message: string): void {
    const [, type, data] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? []
    if (type !== undefined && data !== undefined) this.dispatchEvent(new MessageEvent(type, { data }))
  }
}
