import { Agent, request } from 'node:http'
import { CookieJar } from 'tough-cookie'

/** One request that came back. */
export interface Visit {
  shopper: Shopper
  status: number
  /** The app that answered. */
  app: string
  /** The `X-Assay-…` headers that it was sent. */
  told: Record<string, string>
  /** By `performance.now()`. */
  began: number
  ended: number
}

/** Somebody with a browser, which keeps cookies as browsers do. */
export class Shopper {
  readonly jar = new CookieJar()

  constructor(
    readonly url: string,
    cookie?: string,
  ) {
    if (cookie !== undefined) this.jar.setCookieSync(cookie, url)
  }

  async visit(headers: Record<string, string> = {}, method = 'GET'): Promise<Visit> {
    const began = performance.now()
    const cookie = await this.jar.getCookieString(this.url)
    const answer = await send(this.url, method, { ...headers, ...(cookie && { cookie }) })
    for (const set of answer.cookies) await this.jar.setCookie(set, this.url)
    const { app = '', told = {} } = answer.status === 200 ? JSON.parse(answer.body) : {}
    return { shopper: this, status: answer.status, app, told, began, ended: performance.now() }
  }
}

const agent = new Agent({ keepAlive: true })

function send(url: string, method: string, headers: Record<string, string>) {
  return new Promise<{ status: number; body: string; cookies: string[] }>((resolve) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode!, body, cookies: response.headers['set-cookie'] ?? [] }),
      )
    })
    // Nothing came back, which is an error to the user as well.
    sent.on('error', () => resolve({ status: 0, body: '', cookies: [] })).end()
  })
}

/** Each visits once, some at a time. */
export async function visitAll(
  shoppers: readonly Shopper[],
  visit = (shopper: Shopper) => shopper.visit(),
): Promise<Visit[]> {
  const visits: Visit[] = []
  const waiting = shoppers.values()
  const serve = async () => {
    for (const shopper of waiting) visits.push(await visit(shopper))
  }
  await Promise.all(Array.from({ length: 32 }, serve))
  return visits
}

/** Shoppers who come one after the other, again and again, about 500 a second, until they are told to stop. */
export class Rush {
  readonly visits: Visit[] = []
  private isOver = false
  private readonly over: Promise<unknown>

  constructor(shoppers: readonly Shopper[]) {
    let next = 0
    const serve = async () => {
      while (!this.isOver) {
        this.visits.push(await shoppers[next++ % shoppers.length]!.visit())
        await new Promise((resolve) => setTimeout(resolve, 12))
      }
    }
    this.over = Promise.all(Array.from({ length: 8 }, serve))
  }

  /** Those that began and ended in this time. */
  between(from: number, to = Number.POSITIVE_INFINITY): Visit[] {
    return this.visits.filter(({ began, ended }) => began >= from && ended <= to)
  }

  async stop(): Promise<Visit[]> {
    this.isOver = true
    await this.over
    return this.visits
  }
}
