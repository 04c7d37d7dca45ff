/** One figure against its limit, both taken in the same run. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** What it is measured against, and that one's value. */
  against: string
  limit: number
  ratio: number
  goal: string
  holds: boolean
}

/** A figure that should reach a share of its limit. */
export function atLeast(
  name: string,
  value: number,
  unit: string,
  against: string,
  limit: number,
  share: number,
): Figure {
  const ratio = value / limit
  return { name, value, unit, against, limit, ratio, goal: `ratio ≥ ${share}`, holds: ratio >= share }
}

/** A figure that must stay below a bound. */
export function below(name: string, value: number, unit: string, bound: number): Figure {
  return {
    name,
    value,
    unit,
    against: 'bound',
    limit: bound,
    ratio: value / bound,
    goal: `< ${bound} ${unit}`,
    holds: value < bound,
  }
}

/** A figure to be known, without a goal. */
export function compared(name: string, value: number, unit: string, against: string, limit: number): Figure {
  return { name, value, unit, against, limit, ratio: value / limit, goal: 'none', holds: true }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** By nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}
