import type { Guard } from '../guard.js'
import type { ClientConfig, ClientOptions } from '../options.js'

/** Characters of a config at the most. */
const LIMIT = 2_000_000

export interface Definitions {
  /** Resolves once they are known, or could not be had. */
  ready: Promise<void>
  /** Whether the last look failed. */
  isStale: boolean
  close(): void
}

/** The tests of the app: given, fetched, looked at again, and told of as they change. Never throws. */
export function createDefinitions(
  options: ClientOptions,
  { attempt, tell }: Guard,
  onStale: () => void,
  onConfig: (config: ClientConfig) => void,
): Definitions {
  const { url, key, app, config, refresh = 60_000, updates } = options
  const address = () => `${url}/v1/apps/${encodeURIComponent(app)}/config?key=${encodeURIComponent(key)}`
  let timer: ReturnType<typeof setTimeout> | undefined
  let etag = ''
  let closed = false

  const take = (known: ClientConfig) => {
    if (typeof known.tests !== 'object' || !known.tests) throw Error('config: expected an object of tests')
    definitions.isStale = false
    onConfig(known)
  }
  const settle = (isStale: boolean) => {
    if (isStale === definitions.isStale) return
    definitions.isStale = isStale
    onStale()
  }
  const look = async () => {
    // Browsers ask whether it changed by themselves, and would first ask whether they may ask so.
    const init = globalThis.document ? { cache: 'no-cache' as const } : { headers: { 'if-none-match': etag } }
    const response = await (options.fetch ?? fetch)(address(), init)
    if (response.status === 304) return settle(false)
    const text = await response.text()
    if (!response.ok || text.length > LIMIT)
      throw Error(`config: ${response.status}, ${text.length} characters: ${text.slice(0, 300)}`)
    take(JSON.parse(text))
    etag = response.headers.get('etag') ?? ''
  }
  const lookLater = () => {
    if (closed || !refresh) return
    // Workers have no timers before their first request.
    timer = attempt(() => setTimeout(lookOn, refresh))
    ;(timer as { unref?: () => void } | undefined)?.unref?.()
  }
  const fail = (error: unknown) => {
    tell(error)
    settle(true)
  }
  const lookOn = (): Promise<void> => look().catch(fail).then(lookLater)

  const definitions: Definitions = {
    ready: Promise.resolve(),
    isStale: false,
    close() {
      closed = true
      clearTimeout(timer)
      stop?.()
    },
  }
  if (config) {
    attempt(() => take(config))
    lookLater()
  } else definitions.ready = lookOn()
  const stop = updates && attempt(() => updates(address(), (changed) => attempt(() => take(changed))))
  return definitions
}
