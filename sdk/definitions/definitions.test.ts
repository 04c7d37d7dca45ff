import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientOptions } from '../options.js'
import { App } from '../testkit/app.js'
import { FakePage } from '../testkit/fake-page.js'

const of = (name: string) => ({ checkout: { branches: [{ name, weight: 1 }] } })
const body = JSON.stringify({ tests: of('one-page') })

let app: App
/** Looks that have not been answered yet. */
let hanging: ((response: Response) => void)[]
let signals: (AbortSignal | null | undefined)[]
let random: number
beforeEach(() => {
  vi.useFakeTimers()
  app = new App({ user: 'ann' })
  app.server.config.body = body
  hanging = []
  signals = []
  random = 0
  vi.spyOn(Math, 'random').mockImplementation(() => random)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const open = (options: Partial<ClientOptions> = {}) => app.open(options)
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const hang = ((_: unknown, init?: RequestInit) => {
  signals.push(init?.signal)
  return new Promise<Response>((resolve) => hanging.push(resolve))
}) as typeof fetch
/** Whether it has resolved by now. */
async function isDone(promise: Promise<unknown>) {
  let done = false
  promise.then(() => {
    done = true
  })
  await pass(0)
  return done
}

describe('a server that does not answer', () => {
  test('is waited for as long as the app has patience, by default three seconds', async () => {
    vi.stubGlobal('AbortSignal', { ...AbortSignal, timeout: undefined })
    const [usual, short] = [open({ fetch: hang }), open({ fetch: hang, patience: 500 })]
    await pass(499)
    expect([await isDone(short.ready), await isDone(usual.ready)]).toEqual([false, false])
    await pass(1)
    expect([await isDone(short.ready), await isDone(usual.ready)]).toEqual([true, false])
    await pass(2500)
    expect([await isDone(usual.ready), usual.isStale, usual.assign('checkout')]).toEqual([true, true, 'master'])
    expect(app.errors).toEqual(['config: no answer in 500 ms', 'config: no answer in 3000 ms'])
  })

  test('and answers after all is listened to', async () => {
    const client = open({ fetch: hang })
    const listener = vi.fn()
    await pass(10_000)
    client.onChange(listener)
    hanging[0]!(new Response(body))
    await pass(0)
    expect([client.assign('checkout'), client.isStale, listener.mock.calls.length]).toEqual(['one-page', false, 1])
  })

  test('for a minute is asked again; what the first question then brings is too old', async () => {
    const client = open({ fetch: hang })
    await pass(60_000)
    expect(signals.map((signal) => signal?.aborted)).toEqual([true])
    await pass(2000)
    expect(hanging).toHaveLength(2)
    hanging[1]!(new Response(body))
    await pass(0)
    hanging[0]!(new Response(JSON.stringify({ tests: of('older') })))
    await pass(0)
    expect(client.assign('checkout')).toBe('one-page')
  })

  test('is never asked twice at a time', async () => {
    const page = new FakePage()
    open({ fetch: hang, refresh: 1000 })
    await pass(59_000)
    page.turn('hidden')
    page.turn('visible')
    expect(hanging).toHaveLength(1)
  })

  test('is let go of when the client is closed, and nobody hears of it', async () => {
    const client = open({ fetch: hang })
    await client.close()
    expect(signals[0]?.aborted).toBe(true)
    await pass(600_000)
    expect([await isDone(client.ready), hanging.length, app.errors]).toEqual([true, 1, []])
  })
})

describe('looks', () => {
  const times = async (milliseconds: number, step = 250) => {
    const start = Date.now()
    const found: number[] = []
    for (let known = app.server.urls.length; Date.now() - start < milliseconds; known = app.server.urls.length) {
      await pass(step)
      if (app.server.urls.length > known) found.push(Date.now() - start)
    }
    return found
  }

  test('come up to a fifth sooner, so that clients that started together do not ask together', async () => {
    random = 0.999999
    await open().ready
    expect(await times(100_000)).toEqual([48_000, 96_000])
  })

  test('after one that failed come soon, then less and less often, until one succeeds', async () => {
    app.server.config.status = 503
    const client = open()
    await client.ready
    expect(await times(1_500_000)).toEqual(
      [2, 6, 14, 30, 62, 126, 254, 510, 810, 1110, 1410].map((seconds) => seconds * 1000),
    )
    app.server.config.status = 200
    await pass(300_000)
    expect([client.assign('checkout'), client.isStale]).toEqual(['one-page', false])
    await times(60_000)
    expect(await times(120_000)).toHaveLength(2)
  })

  test('wait as long as the server asks, but not for ever', async () => {
    const replies = [{ 'retry-after': '100' }, { 'retry-after': '99999999999' }, { 'retry-after': 'Sunday' }]
    const fetch = (async (url: string) => {
      app.server.urls.push(url)
      return new Response('', { status: 429, headers: replies[app.server.urls.length - 1] ?? {} })
    }) as typeof globalThis.fetch
    await open({ fetch }).ready
    expect(await times(409_000)).toEqual([100_000, 400_000, 408_000])
  })

  test.each([Infinity, Number.NaN, -1, 2 ** 40])('a refresh of %s does not ask without end', async (refresh) => {
    await open({ refresh }).ready
    expect((await times(60_000)).length).toBe(0)
  })

  test('a refresh of a millisecond is one of a second', async () => {
    await open({ refresh: 1 }).ready
    expect(await times(3000)).toHaveLength(3)
  })

  test('are not taken while the page is hidden; the one that was due is, once it is seen again', async () => {
    const page = new FakePage()
    await open().ready
    page.turn('hidden')
    await pass(3_600_000)
    expect(app.server.urls).toHaveLength(1)
    page.turn('visible')
    page.turn('hidden')
    page.turn('visible')
    await pass(0)
    expect(app.server.urls).toHaveLength(2)
    await pass(60_000)
    expect(app.server.urls).toHaveLength(3)
  })

  test('that are not due yet wait, however often the page is turned to', async () => {
    const page = new FakePage()
    await open().ready
    await pass(30_000)
    for (const state of ['hidden', 'visible', 'hidden', 'visible'] as const) page.turn(state)
    await pass(29_000)
    expect(app.server.urls).toHaveLength(1)
  })

  test('of a page that is opened in the background begin at once', async () => {
    const page = new FakePage()
    page.turn('hidden')
    const client = open()
    await client.ready
    expect(client.assign('checkout')).toBe('one-page')
  })

  test('of a closed client do not come, though its page is turned to', async () => {
    const page = new FakePage()
    const client = open()
    await client.ready
    page.turn('hidden')
    await pass(100_000)
    await client.close()
    page.turn('visible')
    await pass(100_000)
    expect(app.server.urls).toHaveLength(1)
  })
})

test('what is the same is not news, though the browser gives all of it again', async () => {
  new FakePage()
  const client = open()
  await client.ready
  const listener = vi.fn()
  client.onChange(listener)
  await pass(600_000)
  expect([app.server.urls.length > 5, listener.mock.calls.length]).toEqual([true, 0])
})

test('a config given that is not one is looked for at once', async () => {
  const client = open({ config: { tests: null } as never })
  await client.ready
  expect(client.assign('checkout')).toBe('one-page')
})
