import type { Client } from '../client.js'
import { once } from './once.js'
import type { RequestVisitor } from './visit.js'

/**
 * Gives a request its visitor at the first use: what options ask of the request is known by then, and responses to those
 * who never ask, as for files, set no cookie. `visit` gives the same to whoever asks by `raw`, Node's own request.
 */
export function give(request: object, client: Client, raw: object, open: () => RequestVisitor): void {
  Object.defineProperty(request, 'assay', { configurable: true, get: () => once(client, raw, open) })
}
