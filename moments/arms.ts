import { empty, merge } from '@assay/stats/moments'

/** How many of an arm's users there are something to know of. */
export interface Remarkable {
  /** They were seen in another branch, too. */
  crossover: number
  /** They have several ids. */
  identified: number
  /** Of these, they saw different branches under them. */
  differing: number
  /** Of these, one of the ids was linked to somebody else, too. */
  shared: number
}

export const noneRemarkable: Remarkable = { crossover: 0, identified: 0, differing: 0, shared: 0 }

/** Users of one branch of a test in one phase: an arm. */
export interface UserRow extends Remarkable {
  arm: string
  test: string
  phase: number
  branch: string
  users: number
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

  /** The users of each arm of these tests. */
  of(tests: readonly string[]): UserRow[] {
    const wanted = new Set(tests)
    return [...this.#users.values()].filter(({ test }) => wanted.has(test))
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
  return {
    ...one,
    users: one.users + other.users,
    crossover: one.crossover + other.crossover,
    identified: one.identified + other.identified,
    differing: one.differing + other.differing,
    shared: one.shared + other.shared,
    inferred: Math.max(one.inferred, other.inferred),
  }
}

const momentsOf = ({ converted, mean, m2 }: ValueRow) => ({ n: converted, mean, m2 })

function merged(one: ValueRow, other: ValueRow): ValueRow {
  const { n, mean, m2 } = merge(momentsOf(one), momentsOf(other))
  return { ...one, converted: n, mean, m2, sum: one.sum + other.sum }
}

/** With the users who did not have the event. */
function withZeros(row: ValueRow, users: number) {
  const { mean, m2 } = merge(momentsOf(row), { ...empty, n: users - row.converted })
  return { converted: row.converted, mean, m2, sum: row.sum }
}
