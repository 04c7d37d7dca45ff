import type { Client } from '../client.js'

const visits = new WeakMap<Client, WeakMap<object, unknown>>()

/** Whoever asks again for the visitor of a request is given the same: else its user would count as two. */
export function once<V>(client: Client, request: object, open: () => V): V {
  const known = visits.get(client) ?? new WeakMap<object, unknown>()
  visits.set(client, known)
  if (!known.has(request)) known.set(request, open())
  return known.get(request) as V
}
