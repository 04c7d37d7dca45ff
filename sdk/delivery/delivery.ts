import type { Guard } from '../guard.js'
import type { BaseOptions, DropReason } from '../options.js'
import type { Line } from './keep.js'
import { onLeave } from './leave.js'
import { AWAY, bodyOf, post } from './post.js'

/** Milliseconds that the first repeat may wait at the most; each further one twice as long, up to the second. */
const FIRST = 1000
const LONGEST = 300_000
/** Characters of events in a batch: with what is around them, as much as may be on its way when a page goes away. */
const BATCH_SIZE = AWAY - 100
/** Characters of one event; the server counts bytes, and takes no more. */
const EVENT_SIZE = 32_768

export interface Delivery {
  add(line: Line): void
  /** Tries once to send all that waits. */
  flush(): Promise<void>
  /** From here on nothing happens. @returns what waited */
  stop(): readonly Line[]
  /** Tries once more to send all that waits, and stops. */
  close(): Promise<unknown>
}

/** Takes events to the server in batches, in order, one at a time, and again until it has them. Never throws. */
export function createDelivery(options: BaseOptions, { attempt, tell }: Guard): Delivery {
  const { url, key, keep, batch: { events: most = 100, wait: linger = 1000 } = {} } = options
  const address = () => `${url}/v1/events?key=${encodeURIComponent(key)}`
  const waiting: Line[] = []
  let sending: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let { queue = 1000 } = options

  const letGo = (lines: readonly Line[], isUnsure?: boolean) => attempt(() => keep?.remove(lines, isUnsure))
  const take = (count = Infinity) => waiting.splice(0, count)
  const drop = (count: number, reason: DropReason) => count && attempt(() => options.onDrop?.(count, reason))
  const trim = () => {
    const oldest = take(waiting.length - queue)
    letGo(oldest)
    drop(oldest.length, 'queue-full')
  }
  const schedule = (milliseconds: number) => {
    timer ??= setTimeout(flush, milliseconds)
    // A process that has nothing else to do may end.
    ;(timer as { unref?: () => void }).unref?.()
  }
  /** As many of the oldest as fit, one at the least. */
  const next = (room: number): Line[] =>
    waiting.slice(0, most > 1 ? most : 1).filter(({ json }, i) => {
      room -= json.length + 1
      return !i || room >= 0
    })

  /** @returns whether the next batch is off our hands */
  const sendBatch = async (): Promise<unknown> => {
    const batch = next(BATCH_SIZE)
    const text = bodyOf(batch)
    const small = await options.compress?.(text).catch(tell)
    // Meanwhile the page went away and took them along.
    if (waiting[0] !== batch[0]) return true
    take(batch.length)
    const to = address() + (small ? '&encoding=gzip' : '')
    const [refused, problem, wait = 0] = await post(options.fetch, to, small || text, batch.length)
    if (problem) tell(Error(`events: ${problem}`))
    if (refused === null) {
      waiting.unshift(...batch)
      trim()
      schedule(Math.max(wait * 1000, Math.random() * Math.min(LONGEST, FIRST * 2 ** failures++)))
      return
    }
    failures = 0
    letGo(batch)
    drop(refused, 'refused')
    return true
  }
  const sendAll = async () => {
    clearTimeout(timer)
    timer = undefined
    while (waiting.length && (await sendBatch()));
  }
  const flush = () =>
    (sending ??= sendAll()
      .catch(tell)
      .then(() => {
        sending = undefined
        // Some came just now.
        if (waiting.length) schedule(linger)
      }))

  const leave = () => {
    // While the server is not to be reached, they are safer where they are kept.
    if (keep && (failures || !navigator.onLine)) return
    for (let limit = BATCH_SIZE; waiting.length && limit > 999; ) {
      const batch = next(limit)
      if (navigator.sendBeacon(address(), bodyOf(batch))) letGo(take(batch.length), true)
      else limit /= 2
    }
  }
  const stay = onLeave(() => attempt(leave), flush)
  const stop = () => {
    stay()
    // What is under way, if it comes back, goes no further.
    queue = 0
    const left = take()
    attempt(() => keep?.release?.())
    return left
  }

  const add = (line: Line) => {
    if (line.json.length > EVENT_SIZE) return drop(1, 'too-large')
    waiting.push(line)
    attempt(() => keep?.add(line))
    trim()
    if (!sending) failures || waiting.length < most ? schedule(linger) : flush()
  }
  keep?.adopt(add, take).catch(tell)
  return { add, flush, stop, close: () => flush().then(stop) }
}
