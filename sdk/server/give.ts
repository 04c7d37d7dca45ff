import type { RequestVisitor } from './visit.js'

/**
 * Gives a request its visitor at the first use: what options ask of the request is known by then, and responses to those
 * who never ask, as for files, set no cookie.
 */
export function give(request: object, open: () => RequestVisitor): void {
  let visitor: RequestVisitor | undefined
  Object.defineProperty(request, 'assay', { configurable: true, get: () => (visitor ??= open()) })
}
