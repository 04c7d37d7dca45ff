import type { Guard } from '../guard.js'
import type { ClientConfig, ClientOptions, Consent } from '../options.js'

/** Characters of a config at the most. */
const LIMIT = 2_000_000
/** Milliseconds after which nobody answers any more. */
const SILENCE = 60_000
/** Milliseconds before looks after those that failed: twice the first, then ever twice as long, up to the second. */
const FIRST = 1000
const LONGEST = 300_000
/** Milliseconds between looks at the least, and as many as timers can count. */
const SHORTEST = 1000
const MOST = 2 ** 31 - 1

export interface Definitions {
  /** Resolves once they are known, could not be had, or let themselves be waited for too long. */
  ready: Promise<void>
  /** Whether the last look failed. */
  isStale: boolean
  /** Has them remembered for the next page, or forgotten, as the user decided. */
  save(): void
  close(): void
}

/** The tests of the app: given, remembered, fetched, looked at again, and told of as they change. Never throws. */
export function createDefinitions(
  options: ClientOptions,
  { attempt, tell }: Guard,
  consent: () => Consent,
  onStale: () => void,
  onConfig: (config: ClientConfig) => void,
): Definitions {
  const { url, key, app, config, refresh = 60_000, patience = 3000, updates, memory } = options
  const { document } = globalThis
  const address = () => `${url}/v1/apps/${encodeURIComponent(app)}/config?key=${encodeURIComponent(key)}`
  /** Of the look under way, or until the next one. */
  let timer: ReturnType<typeof setTimeout> | undefined
  let ends: AbortController | undefined
  let failures = 0
  /** Seconds for which the server asked. */
  let asked = 0
  /** Whether a look waits for the page to be seen. */
  let isDue = false
  let isClosed = false
  let etag = ''
  let known: ClientConfig | undefined
  let text = ''

  const save = () => {
    if (known && consent() === 'granted') attempt(() => memory?.write(app, known!))
    if (consent() === 'denied') attempt(() => memory?.remove(app))
  }
  const settle = (isStale: boolean) => {
    if (isStale === definitions.isStale) return
    definitions.isStale = isStale
    onStale()
  }
  /** @returns true */
  const take = (found: ClientConfig) => {
    if (typeof found.tests !== 'object' || !found.tests) throw Error('config: expected an object of tests')
    const before = text
    text = JSON.stringify(found)
    known = found
    save()
    // Browsers give all of it again where nothing changed.
    if (text === before) settle(false)
    else {
      definitions.isStale = false
      onConfig(found)
    }
    return true
  }
  const look = async (signal: AbortSignal) => {
    // Browsers ask whether it changed by themselves, and would first ask whether they may ask so.
    const init = document ? { cache: 'no-cache' as const } : { headers: { 'if-none-match': etag } }
    const response = await (options.fetch ?? fetch)(address(), { ...init, signal })
    asked = Number(response.headers.get('retry-after')) || 0
    if (response.status === 304) return settle(false)
    const body = await response.text()
    if (signal.aborted) return
    if (!response.ok || body.length > LIMIT)
      throw Error(`config: ${response.status}, ${body.length} characters: ${body.slice(0, 300)}`)
    take(JSON.parse(body))
    etag = response.headers.get('etag') ?? ''
  }
  const fail = (error: unknown) => {
    if (isClosed) return
    tell(error)
    settle(true)
  }
  const tooLong = (milliseconds: number) => Error(`config: no answer in ${milliseconds} ms`)
  const lookOnce = async () => {
    isDue = false
    ends = new AbortController()
    const { signal } = ends
    timer = setTimeout(() => ends?.abort(tooLong(SILENCE)), SILENCE)
    const ended = new Promise<never>((_, reject) => {
      signal.onabort = () => reject(signal.reason)
    })
    await Promise.race([look(signal), ended])
    failures = 0
  }
  const lookOn = (): Promise<void> =>
    lookOnce()
      .catch((error) => {
        failures++
        fail(error)
      })
      .then(lookLater)
  const lookWhenSeen = () => {
    isDue = document?.visibilityState === 'hidden'
    if (!isDue) lookOn()
  }
  const lookLater = () => {
    clearTimeout(timer)
    if (isClosed || !(refresh > 0)) return
    const wait = failures
      ? Math.min(LONGEST, Math.max(asked * 1000, FIRST * 2 ** failures))
      : Math.min(MOST, Math.max(refresh, SHORTEST))
    // Clients that started together do not ask together.
    // Workers have no timers before their first request.
    timer = attempt(() => setTimeout(lookWhenSeen, wait * (1 - Math.random() / 5)))
    ;(timer as { unref?: () => void } | undefined)?.unref?.()
  }
  /** @returns what resolves with the first look, or when patience ends; the look goes on */
  const longest = Math.min(patience, SILENCE)
  const lookFirst = () =>
    new Promise<void>((resolve) => {
      const waiting = setTimeout(() => {
        fail(tooLong(longest))
        resolve()
      }, longest)
      lookOn().then(() => {
        clearTimeout(waiting)
        resolve()
      })
    })

  const definitions: Definitions = {
    ready: Promise.resolve(),
    isStale: false,
    save,
    close() {
      isClosed = true
      isDue = false
      clearTimeout(timer)
      ends?.abort()
      closing?.abort()
      attempt(() => stop?.())
    },
  }
  if (config && attempt(() => take(config))) lookLater()
  else {
    const before = consent() !== 'denied' && attempt(() => memory?.read(app))
    if (before && attempt(() => take(before))) lookOn()
    else definitions.ready = lookFirst()
  }
  const closing = document && attempt(() => new AbortController())
  if (closing) attempt(() => addEventListener('visibilitychange', () => isDue && lookWhenSeen(), closing))
  const stop = updates && attempt(() => updates(address(), (changed) => attempt(() => take(changed))))
  return definitions
}
