import { errorOf, notAssay } from './error.js'
import type { Operations } from './schema.js'

/** What `createQueryClient` takes. */
export interface QueryClientOptions {
  /** Where Assay answers, as `https://assay.example.com`. */
  url: string
  /** A read key; the admin key for changes. */
  key: string
  /** Instead of the platform's own. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/** What every method takes last. */
export interface RequestOptions {
  /** Ends the request; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** The same of a method that changes something. */
export interface ChangeOptions extends RequestOptions {
  /** The version that shall change, or `*` for whichever there is. What is new has none. */
  ifMatch?: number | '*' | undefined
}

export type Operation = keyof Operations
export type Reply<K extends Operation> = Operations[K]['reply']

interface Asked<K extends Operation> extends ChangeOptions {
  query?: Operations[K]['query'] | undefined
  body?: Operations[K]['body']
}

type Request<K extends Operation> = [operation: K, params: Operations[K]['params'], asked?: Asked<K>]
export type Send = <K extends Operation>(...request: Request<K>) => Promise<Response>
/** As `Send`, for the JSON of the answer. */
export type Ask = <K extends Operation>(...request: Request<K>) => Promise<Reply<K>>

/**
 * A function that sends one request of an operation.
 * @throws QueryError for a refusal or failure. What `fetch` throws goes through: there was no answer.
 */
export const senderOf =
  ({ url, key, fetch }: QueryClientOptions): Send =>
  async (operation, params, { query, body, ifMatch, signal } = {}) => {
    const [method, template] = operation.split(' ') as [string, string]
    const path = template.replace(/{(\w+)}/g, (_, name) =>
      encodeURIComponent((params as Record<string, string>)[name]!),
    )
    const known = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
    const search = known.length > 0 ? `?${new URLSearchParams(known as string[][])}` : ''
    const response = await (fetch ?? globalThis.fetch)(url.replace(/\/+$/, '') + path + search, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch === '*' ? ifMatch : `"${ifMatch}"` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }

/** The JSON of an answer. @throws QueryError `not-assay` */
export async function jsonOf(response: Response) {
  const type = response.headers.get('content-type') ?? ''
  if (!type.startsWith('application/json')) throw notAssay(response)
  return response.json()
}
