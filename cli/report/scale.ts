/** What a plot has to show of one effect. */
export interface Span {
  /** Intervals: the first one decides. */
  intervals: readonly (readonly [number, number])[]
  estimate: number
}

export interface Scale {
  low: number
  high: number
  ticks: number[]
  /** Place in percent of the plot's width; outside of 0 to 100 where there is no room for it. */
  place: (value: number) => number
}

/** Intervals that reach as many times as far as the median are cut, so that one of them does not flatten all others. */
const CUT = 4
/** How much is left free beyond what is shown, and beside 0. */
const ROOM = 0.06
/** Beyond that a share says nothing, and sums of it may not be finite. */
const MOST = 1e12

/** A linear scale with 0 on it, for effects and the margins that must be seen with them. */
export function scaleOf(spans: readonly Span[], margins: readonly number[] = []): Scale {
  const reaches = spans.map(({ intervals: [first], estimate }) =>
    Math.max(Math.abs(estimate), ...(first ?? []).map(Math.abs)),
  )
  const limit = Math.min(MOST, Math.max(CUT * lowerMedian(reaches), ...margins.map((m) => 1.3 * Math.abs(m))))
  const ends = [...spans.flatMap(({ intervals, estimate }) => [estimate, ...intervals.flat()]), ...margins]
  const low = Math.max(-limit, Math.min(0, ...ends))
  const high = Math.min(limit, Math.max(0, ...ends))
  const room = ROOM * (high - low) || 0.1
  return scale(low - room, high + room)
}

function scale(low: number, high: number): Scale {
  const place = (value: number) => Number(((100 * (value - low)) / (high - low)).toFixed(2))
  return { low, high, ticks: ticksOf(low, high), place }
}

function lowerMedian(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0
}

/** At most five round values, 0 among them. */
function ticksOf(low: number, high: number): number[] {
  const rough = (high - low) / 4.5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)]
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}
