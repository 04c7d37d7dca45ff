import { limits, testsOf, type WireEvent } from '@assay/core/event'
import type { Refuse } from './faults.js'
import { Ids } from './ids.js'
import { issuesOf } from './judge.js'
import type { Mapping, Settled } from './mapping.js'
import type { Row } from './table.js'

/** Makes an event of a row, or refuses it and gives null. */
export type ToEvent = (row: Row, refuse: Refuse) => WireEvent | null

/** What a file of events is read by. */
export interface EventReading {
  columns: readonly string[]
  required: readonly string[]
  identity: unknown
  toEvent: ToEvent
}

/** One row an event. An id that came before in the file makes a row a repeat, as it makes an event one on the wire. */
export class EventRows implements Mapping {
  readonly columns: readonly string[]
  readonly required: readonly string[]
  readonly #reading: EventReading
  readonly #tests = new Set<string>()
  #ids = new Ids()
  #app = ''
  #events = 0
  #repeats = 0

  constructor(reading: EventReading) {
    this.#reading = reading
    this.columns = reading.columns
    this.required = reading.required
  }

  judge(row: Row, refuse: Refuse): string | null {
    const event = this.#reading.toEvent(row, refuse)
    if (event === null) return null
    this.#app = event.app
    if (isRepeat(event, this.#ids)) this.#repeats++
    else this.#count(row, event, refuse)
    return event.user
  }

  #count(row: Row, event: WireEvent, refuse: Refuse): void {
    this.#events++
    for (const test of Object.keys(testsOf(event))) {
      if (this.#tests.has(test)) continue
      if (this.#tests.size === limits.testsPerApp) refuse(row, null, `at most ${limits.testsPerApp} tests in all`, test)
      else this.#tests.add(test)
    }
  }

  settle(): Settled {
    const { identity, toEvent } = this.#reading
    this.#ids = new Ids()
    const ids = this.#ids
    return {
      app: this.#app,
      tests: [...this.#tests].sort(),
      events: this.#events,
      repeats: this.#repeats,
      identity: ['events', identity],
      eventsOf: (row, importTime, refuse) => {
        const event = toEvent(row, refuse)
        if (event === null || isRepeat(event, ids)) return []
        const { id: _, ...told } = event
        return [{ ...told, time: told.time ?? importTime }]
      },
    }
  }
}

const isRepeat = ({ id }: WireEvent, ids: Ids) => id !== undefined && !ids.add(id)

/** Lines that are events as they go over the wire; without an app they are of the given one. */
export function wireReading(given?: string): EventReading {
  let app = given
  const toEvent: ToEvent = (row, refuse) => {
    const event: Partial<WireEvent> = row.values
    if (app !== undefined && event.app === undefined) event.app = app
    const issues = issuesOf(event)
    for (const { field, expected, got } of issues) refuse(row, field, expected, got)
    if (issues.length > 0) return null
    app ??= event.app!
    if (event.app === app) return event as WireEvent
    refuse(
      row,
      'app',
      `${app}, as ${given === undefined ? 'the first line has' : '--app says'}: an import is of one app`,
      event.app,
    )
    return null
  }
  return { columns: [], required: [], identity: null, toEvent }
}
