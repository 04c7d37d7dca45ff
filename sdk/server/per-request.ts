import { type Client, createClient } from '../client.js'
import { createLook } from '../definitions/look.js'
import type { Keep, Line } from '../delivery/keep.js'
import { createGuard } from '../guard.js'
import type { ClientOptions } from '../options.js'
import { within } from '../science/within.js'

/** What `perRequest` takes: all that `createClient` does but for what does not go with requests. */
export interface PerRequestOptions extends Omit<ClientOptions, 'keep' | 'updates' | 'user'> {
  /** Milliseconds that a request waits for the tests while none has seen them yet: 1,000, unless it is given. */
  patience?: number
}

/** What workers give each request: it keeps them alive until the work is done. */
export interface RequestContext {
  /** Lets work end after the response. */
  waitUntil(work: Promise<unknown>): unknown
}

/** Milliseconds after a look that brought nothing, in which requests do not wait for another. */
const AGAIN = 5000
/** Milliseconds after which a request that still has events is taken for dead; the server counts repeats once. */
const LENT = 60_000
/** Facts remembered so that they are not said again, and events that are with clients; the oldest go. */
const REMEMBERED = 10_000

/**
 * For workers, where nothing may be opened before a request, nor used in another one: makes a client for each. What they
 * share is plain data: the tests, looked at again in the background, exposures told of, and events not delivered yet.
 * Close each client within `waitUntil`.
 */
export function perRequest(options: PerRequestOptions): (context: RequestContext) => Promise<Client> {
  const { patience = 1000, refresh = 60_000, config, ...own } = options
  const guard = createGuard(options.onError)
  const isolate: Isolate = { told: new Set(), undelivered: new Map() }
  const lookAfter = () => Date.now() + (refresh || Infinity)
  let known = config
  let next = known ? lookAfter() : 0

  const lookOnce = createLook(own)
  const look = async () => {
    try {
      known = (await lookOnce(new AbortController())) ?? known
      next = lookAfter()
    } catch (error) {
      guard.tell(error)
    }
  }
  return async (context) => {
    if (Date.now() >= next) {
      // Requests at the same time look too: none may wait for what another has opened.
      if (known) next = lookAfter()
      const looking = look()
      guard.attempt(() => context.waitUntil(looking))
      if (!known) await within(patience, () => looking).catch(({ message }) => guard.tell(Error(`config: ${message}`)))
      if (!known) next = Date.now() + AGAIN
    }
    return open({ ...own, refresh: 0, config: known ?? { tests: {} } }, isolate)
  }
}

/** What the clients of one isolate leave each other. */
interface Isolate {
  /** Facts that were said. */
  told: Set<string>
  /** By id, the events that are not delivered yet, and until when they are with a client. */
  undelivered: Map<string, { line: Line; until: number }>
}

function open(options: ClientOptions, { told, undelivered }: Isolate): Client {
  const mine = new Set<string>()
  const said = new Set<string>()
  const take = (line: Line) => {
    mine.add(line.id)
    undelivered.set(line.id, { line, until: Date.now() + LENT })
    if (undelivered.size <= REMEMBERED) return
    undelivered.delete(undelivered.keys().next().value!)
    options.onDrop?.(1, 'queue-full')
  }
  const keep: Keep = {
    add: take,
    remove(lines) {
      for (const { id } of lines) undelivered.delete(id)
    },
    async adopt(add) {
      // Of a client that did not give them back nobody will hear any more.
      const idle = [...undelivered.values()].filter(({ until }) => until <= Date.now())
      for (const { line } of idle) add(line)
    },
    release() {
      for (const id of mine) if (undelivered.has(id)) undelivered.get(id)!.until = 0
      if (told.size >= REMEMBERED) told.clear()
      // Only now: of a request that was broken off nobody knows whether it told of anything.
      for (const fact of said) told.add(fact)
    },
  }
  return createClient({ ...options, keep }, (fact) => !told.has(fact) && said.size < said.add(fact).size)
}
