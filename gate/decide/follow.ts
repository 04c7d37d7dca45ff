import { createClient, matches } from '@assay/sdk'
import { type KnownTests, knownTests } from './known-tests.js'

export interface FollowOptions {
  url: string
  /** A write key. */
  key: string
  app: string
  /** Milliseconds without an answer of the server after which nothing is known any more. */
  stale: number
  /** Milliseconds of a clock that never jumps. */
  clock?: () => number
  fetch?: typeof globalThis.fetch
  /** Hears of each look at the server: what went wrong, or nothing. */
  onLook?: (error?: Error) => void
}

/** An app's tests, as the server last told of them. */
export interface Followed {
  readonly app: string
  /** What was told last, however long ago; null before the first time. */
  readonly last: KnownTests | null
  /** Whether the server has said so of late. */
  isFresh(): boolean
  /** Resolves after the first look, whatever came of it. */
  readonly ready: Promise<void>
  close(): Promise<unknown>
}

/** The longest time between two looks, in milliseconds: a change of weights is known as soon. */
const MOST_BETWEEN = 500

/**
 * Asks for an app's tests again and again, by the SDK's client. An answer counts from when it was asked for; one that
 * takes longer than a quarter of `stale` is given up, so that a server that hangs is as good as one that is away.
 */
export function follow(options: FollowOptions): Followed {
  const { app, stale, clock = () => performance.now(), fetch = globalThis.fetch, onLook } = options
  const pause = stale / 4
  let answered = Number.NEGATIVE_INFINITY
  let asked = answered
  let last: KnownTests | null = null
  let seen: object | undefined
  const confirm = () => {
    answered = asked
    onLook?.()
  }
  const client = createClient({
    ...{ url: options.url, key: options.key, app, targeting: matches, refresh: Math.min(MOST_BETWEEN, pause) },
    async fetch(input, init) {
      asked = clock()
      const response = await fetch(input, { ...init, signal: AbortSignal.timeout(pause) })
      if (response.status === 304) confirm()
      return response
    },
    onError: (error) => onLook?.(error),
  })
  client.onChange(() => {
    const { config } = client
    if (config === undefined || config === seen) return
    seen = config
    last = knownTests(config)
    confirm()
  })
  return {
    app,
    get last() {
      return last
    },
    isFresh: () => clock() - answered <= stale,
    ready: client.ready,
    close: () => client.close(),
  }
}
