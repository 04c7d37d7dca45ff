import { addressOf } from '../address.js'
import type { Guard } from '../guard.js'
import { BATCH, EVENT, FIRST, LEAVING, LONGEST } from '../limits.js'
import { onPage } from '../on-page.js'
import type { BaseOptions, DropReason } from '../options.js'
import type { Line } from './keep.js'
import { bodyOf, post } from './post.js'

export interface Delivery {
  add(line: Line): void
  /** Tries once to send all that waits. */
  flush(): Promise<void>
  /** Gives up all that waits, wherever it is kept. @returns it, also what is on its way, and may arrive */
  stop(): readonly Line[]
  /** Tries once more to send all that waits, and stops. */
  close(): Promise<void>
}

/** Takes events to the server in batches, in order, one at a time, and again until it has them. Never throws. */
export function createDelivery(options: BaseOptions, { attempt, tell }: Guard): Delivery {
  let { keep, queue = 1000, batch: { events: most = 100, wait: linger = 1000 } = {} } = options
  const address = () => addressOf(options, 'events')
  /** The oldest first; so many of them are on their way. */
  const waiting: Line[] = []
  let sent = 0
  let sending: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0

  const take = (count = Infinity) => waiting.splice(sent, count)
  const letGo = (lines: readonly Line[], isUnsure?: boolean) => attempt(() => keep?.remove(lines, isUnsure))
  const drop = (count: number | undefined, reason: DropReason) =>
    count && attempt(() => options.onDrop?.(count, reason))
  const trim = () => {
    const oldest = take(waiting.length - queue)
    letGo(oldest)
    drop(oldest.length, queue ? 'queue-full' : 'closed')
  }
  const schedule = (milliseconds: number) => {
    timer ??= setTimeout(flush, milliseconds)
    // A process that has nothing else to do may end.
    ;(timer as { unref?: () => void }).unref?.()
  }
  /** As many of the oldest as fit, one at the least. */
  const next = (room: number): Line[] =>
    waiting.slice(sent).filter(({ json }, i) => {
      room -= json.length + 1
      return !i || (i < most && room >= 0)
    })

  /** @returns whether the next batch is off our hands */
  const sendBatch = async (): Promise<unknown> => {
    const batch = next(BATCH)
    const text = bodyOf(batch)
    const small = await options.compress?.(text).catch(tell)
    // Meanwhile the page went away and took them along.
    if (waiting[0] !== batch[0]) return true
    const to = address() + (small ? '&encoding=gzip' : '')
    sent = batch.length
    const [refused, problem, wait = 0] = await post(options.fetch, to, small ?? text, sent)
    if (problem) tell(Error(`events: ${problem}`))
    if (refused === null) {
      sent = 0
      trim()
      return schedule(wait + Math.random() * Math.min(LONGEST, FIRST * 2 ** failures++))
    }
    waiting.splice(0, sent)
    sent = failures = 0
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

  const leave = (going?: Event) => {
    // While the server is not to be reached, they are safer where they are.
    if ((keep || !going) && (failures || !navigator.onLine)) return
    const batch = next(LEAVING)
    if (!batch[0] || !navigator.sendBeacon(address(), bodyOf(batch))) return
    letGo(take(batch.length), true)
    leave(going)
  }
  const page = onPage({
    visibilitychange: () => document.hidden && attempt(leave),
    // Safari leaves without hiding the page first.
    pagehide: (going) => attempt(() => leave(going)),
    online: flush,
  })
  const forget = () => {
    sent = 0
    return take()
  }
  const end = () => {
    page?.abort()
    // What is under way, if it comes back, goes no further.
    queue = 0
    attempt(() => keep?.release?.())
    take()
  }
  const stop = () => {
    const given = forget()
    letGo(given)
    end()
    return given
  }

  const add = (line: Line) => {
    if (line.json.length > EVENT) return drop(1, 'too-large')
    waiting.push(line)
    attempt(() => keep?.add(line))
    trim()
    if (!sending) failures || waiting.length < most ? schedule(linger) : flush()
  }
  const close = async () => {
    await flush()
    queue = 0
    if (!keep) trim()
    end()
  }
  keep?.adopt(add, forget).catch(tell)
  return { add, flush, stop, close }
}
