import { addressOf } from '../address.js'
import { CONFIG, PATIENCE } from '../limits.js'
import type { ClientConfig, ClientOptions } from '../options.js'
import { waitOf } from '../retry-after.js'
import { inTime } from './in-time.js'

/** Why a look failed. */
export interface LookError extends Error {
  /** Milliseconds for which the server asks not to be asked again. */
  wait?: number
}

/** Looks at the config once, until it is ended. @returns nothing where that is what was found before */
export type Look = (ends: AbortController) => Promise<ClientConfig | undefined>

/** Where the tests of the app are. */
export const configAddress = (options: ClientOptions): string =>
  addressOf(options, `apps/${encodeURIComponent(options.app)}/config`)

/** @throws if that is no config */
export function checked(config: ClientConfig): ClientConfig {
  if (typeof config.tests !== 'object' || !config.tests) throw Error('config: expected an object of tests')
  return config
}

/** Each look rejects with a `LookError` unless a config is there in time. */
export function createLook(options: ClientOptions): Look {
  let etag = ''
  const ask = async (signal: AbortSignal) => {
    // Browsers ask whether it changed by themselves, and would first ask whether they may ask so.
    const init = globalThis.document ? { cache: 'no-cache' as const } : { headers: { 'if-none-match': etag } }
    const response = await (options.fetch ?? fetch)(configAddress(options), { ...init, signal })
    const { status, ok, headers } = response
    if (status === 304) return
    const body = await response.text()
    if (!ok || body.length > CONFIG)
      throw Object.assign(Error(`config: ${status}, ${body.length} characters: ${body.slice(0, 300)}`), {
        wait: waitOf(headers.get('retry-after')),
      })
    const config = checked(JSON.parse(body))
    etag = headers.get('etag') ?? ''
    return config
  }
  return (ends) => inTime(PATIENCE, ask, ends)
}
