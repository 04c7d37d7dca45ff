import { newEventId, testsOf, type WireEvent } from '@assay/core/event'
import type { Entry } from '@assay/core/log/log'
import type { Batch } from './batch.js'
import { clampTime, clockShift } from './clock.js'
import { quote } from './describe.js'
import type { Translate } from './formats/translate.js'
import type { KnownTests } from './known-tests.js'
import { isPlainEvent, type PlainEvent } from './plain.js'
import { line, plainLine, sizeRefusal } from './serialize.js'
import { type Origins, Refusal, validate } from './validate.js'

export interface Rejection {
  index: number
  code: string
  message: string
}

/** A batch after every event has been judged. */
export interface Received {
  entries: Entry[]
  rejected: Rejection[]
  clamped: number
  /** What of another format says nothing that is counted here. */
  ignored: number
  /** What accepted events of another format said beside that has no place in ours. */
  dropped: number
}

/** Judges each event of a batch; where its key is of one app alone, `own`, those of others are refused. */
export function receive(
  { events, sentAt, translate }: Batch,
  received: number,
  known: KnownTests,
  own: string | null,
): Received {
  const receiver = new Receiver(known, received, own)
  const shift = clockShift(sentAt, received)
  events.forEach((raw, index) => {
    const refusal = translate === undefined ? receiver.take(raw, shift) : receiver.takeForeign(translate(raw))
    if (refusal !== null) receiver.rejected.push({ index, code: refusal.code, message: refusal.message })
  })
  return receiver
}

const NONE = {}

class Receiver implements Received {
  readonly entries: Entry[] = []
  readonly rejected: Rejection[] = []
  clamped = 0
  ignored = 0
  dropped = 0

  constructor(
    private readonly known: KnownTests,
    private readonly received: number,
    private readonly own: string | null,
  ) {}

  take(raw: unknown, shift: number, origins?: Origins): Refusal | null {
    if (isPlainEvent(raw)) return this.store(raw, raw.tests ?? NONE, shift, plainLine)
    const event = validate(raw, origins)
    return event instanceof Refusal ? event : this.store(event, testsOf(event), shift, line)
  }

  takeForeign(meant: ReturnType<Translate>): Refusal | null {
    if (meant instanceof Refusal) return meant
    if (meant === null) {
      this.ignored++
      return null
    }
    const refusal = this.take(meant.event, clockShift(meant.sentAt, this.received), meant.origins)
    if (refusal === null) this.dropped += meant.dropped
    return refusal
  }

  private store(
    wire: PlainEvent | WireEvent,
    tests: Record<string, string>,
    shift: number,
    write: typeof line,
  ): Refusal | null {
    const { app, user, event, props = NONE } = wire
    if (this.own !== null && app !== this.own) return foreign(app, this.own)
    const { received } = this
    const told = wire.time === undefined ? received : Math.floor(wire.time + shift)
    const time = clampTime(told, received)
    const id = wire.id ?? newEventId()
    const value = write({ id, app, user, event, value: wire.value ?? 1, time, tests, props, received })
    const refusal = sizeRefusal(value) ?? this.known.admit(app, tests)
    if (refusal !== null) return refusal
    if (time !== told) this.clamped++
    this.entries.push({ app, user, id, received, value })
    return null
  }
}

const foreign = (app: string, own: string) =>
  new Refusal('app-forbidden', `Expected an event of ${quote(own)}, the one app of the key; one of ${quote(app)} came.`)
