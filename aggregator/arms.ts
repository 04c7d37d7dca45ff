/** Users of one branch of a test: an arm. */
export interface UserRow {
  arm: string
  test: string
  branch: string
  users: number
  crossover: number
  inferred: number
}

/** Totals of those of them who had an event. */
export interface ValueRow {
  arm: string
  event: string
  converted: number
  mean: number
  m2: number
  sum: number
}

/** Moments of arms, put together from slices of their users. */
export class Arms {
  readonly #users = new Map<string, UserRow>()
  readonly #values = new Map<string, Map<string, ValueRow>>()

  add(users: readonly UserRow[], values: readonly ValueRow[]): void {
    for (const row of users) {
      const known = this.#users.get(row.arm)
      this.#users.set(row.arm, known === undefined ? row : joined(known, row))
    }
    for (const row of values) {
      const events = this.#values.get(row.arm) ?? new Map<string, ValueRow>()
      const known = events.get(row.event)
      this.#values.set(row.arm, events.set(row.event, known === undefined ? row : merged(known, row)))
    }
  }

  /** A row for the users of each arm, and one for each arm and event of its test, users without the event as zeros. */
  moments() {
    const none = { converted: 0, mean: 0, m2: 0, sum: 0 }
    const events = new Map<string, Set<string>>()
    for (const { arm, test } of this.#users.values()) {
      events.set(test, new Set([...(events.get(test) ?? []), ...(this.#values.get(arm)?.keys() ?? [])]))
    }
    return [...this.#users.values()].flatMap(({ arm, ...row }) => {
      const byEvent = [...events.get(row.test)!].map((event) => {
        const value = this.#values.get(arm)?.get(event)
        return { ...row, event, ...(value === undefined ? none : withZeros(value, row.users)) }
      })
      return [{ ...row, event: '', ...none }, ...byEvent]
    })
  }
}

function joined(one: UserRow, other: UserRow): UserRow {
  const { users, crossover, inferred } = other
  return {
    ...one,
    users: one.users + users,
    crossover: one.crossover + crossover,
    inferred: Math.max(one.inferred, inferred),
  }
}

/** Moments of two sets of users together (Chan, Golub, LeVeque 1979, eq. 2.1). */
function merged(one: ValueRow, other: ValueRow): ValueRow {
  const converted = one.converted + other.converted
  const delta = other.mean - one.mean
  const share = other.converted / converted
  return {
    ...one,
    converted,
    mean: one.mean + delta * share,
    m2: one.m2 + other.m2 + delta * delta * one.converted * share,
    sum: one.sum + other.sum,
  }
}

/** Merges `users - converted` zeros into the moments of those who had the event. */
function withZeros({ converted, mean, m2, sum }: ValueRow, users: number) {
  const share = converted / users
  return { converted, mean: mean * share, m2: m2 + mean * mean * converted * (1 - share), sum }
}
