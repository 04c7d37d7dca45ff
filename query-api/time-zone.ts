export const QUARTER = 900_000
const DAY = 86_400_000

/** An IANA time zone, in Unix milliseconds; a local time is the Unix time at which UTC's clocks read the same. */
export class TimeZone {
  readonly name: string
  readonly #clock: Intl.DateTimeFormat
  /** Offsets at UTC's midnights, since asking the clock is slow. */
  readonly #offsets = new Map<number, number>()

  /** @throws RangeError for a zone that does not exist */
  constructor(name: string) {
    this.name = name
    this.#clock = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** What the zone's clocks read at an instant. */
  local(instant: number): number {
    const day = Math.floor(instant / DAY)
    const offset = this.#offsetAtStart(day)
    // Clocks change at most once a day.
    return offset === this.#offsetAtStart(day + 1) ? instant + offset : this.#read(instant)
  }

  /** How far its clocks are ahead of UTC's. */
  offset(instant: number): number {
    return this.local(instant) - instant
  }

  #offsetAtStart(day: number): number {
    const known = this.#offsets.get(day)
    if (known !== undefined) return known
    const offset = this.#read(day * DAY) - day * DAY
    this.#offsets.set(day, offset)
    return offset
  }

  #read(instant: number): number {
    const [month, day, year, hour, minute, second] = this.#clock.format(instant).match(/\d+/g)!.map(Number)
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) + modulo(instant, 1000)
  }

  /**
   * The first instant at which the zone's clocks read `local` or later: the earlier of two when clocks are set back, and
   * the end of the gap when they are set forward over it. Offsets are whole quarter hours, so those are tried in turn.
   */
  firstInstantAt(local: number): number {
    let instant = local - Math.max(this.offset(local - DAY), this.offset(local + DAY))
    while (this.local(instant) < local) instant += QUARTER
    return instant
  }
}

export const modulo = (n: number, by: number) => ((n % by) + by) % by

/** Whether the zone is known by name; Intl also takes offsets such as +02:00, which are not zones. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new TimeZone(name) !== null
  } catch {
    return false
  }
}
