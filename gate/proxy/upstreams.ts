import { AssayError } from '@assay/core/errors'
import { Pool } from 'undici'

/** The upstream that serves the control, and in its place whatever is unknown. */
const CONTROL = 'control'
/** Milliseconds for a connection to come about. */
const CONNECT = 2000
/** Bytes of a response's headers. */
const HEADERS = 65_536

/** Connections to the apps that serve the branches. */
export interface Upstreams {
  control: Pool
  /** Of another branch than the control; undefined of one that has none. One upstream alone serves all branches. */
  of(branch: string): Pool | undefined
  close(): Promise<unknown>
}

/**
 * @param urls by branch, as `http://127.0.0.1:8001`; `control` is of whichever branch that is
 * @param timeout milliseconds until a response must have begun
 * @throws AssayError `config-invalid`
 */
export function openUpstreams(urls: Readonly<Record<string, string>>, timeout: number): Upstreams {
  const names = Object.keys(urls)
  if (!Object.hasOwn(urls, CONTROL))
    throw new AssayError('config-invalid', `Expected an upstream named ${CONTROL}; got ${names.join(', ') || 'none'}.`)
  const pools = new Map(names.map((name) => [name, poolOf(urls[name]!, timeout)]))
  const control = pools.get(CONTROL)!
  return {
    control,
    of: (branch) => pools.get(branch) ?? (pools.size === 1 ? control : undefined),
    close: () => Promise.all([...pools.values()].map((pool) => pool.destroy())),
  }
}

/** Connections that are kept; @throws AssayError `config-invalid` of what is not the address of an app */
export function poolOf(text: string, timeout: number): Pool {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' || url.origin !== url.href.replace(/\/$/, ''))
    throw new AssayError('config-invalid', `Expected an upstream such as http://127.0.0.1:8001; got ${text}.`)
  // Bodies may pause for as long as they like: server-sent events do.
  return new Pool(url.origin, {
    ...{ headersTimeout: timeout, bodyTimeout: 0, maxHeaderSize: HEADERS },
    connect: { timeout: Math.min(CONNECT, timeout) },
  })
}
