import type { Lane } from '@assay/core/store/store'
import { type News, touchedSql } from '@assay/moments/news'
import { measuresOf, type Plan, type TestPlan } from '@assay/moments/plan'
import type { Portion } from '@assay/moments/totals'
import type { TestRow } from '@assay/moments/users'

/** What is known of a test that was computed, if it has users. */
interface Computed {
  users: number
  /** Before which something that they do may count; Unix milliseconds. */
  until: number
  /** When its moments will change though nothing happens, Unix milliseconds; `Infinity` if never. */
  due: number
}

/** What happened to an app since the last snapshot. */
export interface Happened extends Pick<Portion, 'app' | 'from' | 'to'> {
  news: News
  /** The table of the ids of those who have several; null where nobody has. */
  people: string | null
  /** Whether links were looked at again, and in which epoch. */
  isResolved: boolean
  epoch: number
}

interface Planned {
  whole: string
  measures: string
  /** When its measures changed, so that its users' totals are summed up anew; 0 if never. */
  epoch: number
}

/** Knows which of an app's tests have to be computed: the others would come to what they came to before. */
export class DirtyTests {
  readonly #plans = new Map<string, Planned>()
  readonly #computed = new Map<string, Computed>()

  /** Nothing is known of any test. */
  forget(): void {
    this.#plans.clear()
    this.#computed.clear()
  }

  /** Takes in what is planned now. @returns the tests of which it is something else than before */
  learnPlan(plan: Plan, epoch: number): string[] {
    const changed = plan.filter((test) => JSON.stringify(test) !== this.#plans.get(test.test)?.whole)
    for (const test of changed) {
      const known = this.#plans.get(test.test) ?? { measures: none, epoch: 0 }
      const measures = JSON.stringify(measuredOf(test))
      const own = measures === known.measures ? known.epoch : epoch
      this.#plans.set(test.test, { whole: JSON.stringify(test), measures, epoch: own })
    }
    return changed.map(({ test }) => test)
  }

  epochOf(test: string): number {
    return this.#plans.get(test)?.epoch ?? 0
  }

  /** Tests to be computed beside those whose plan changed. */
  async find(lane: Lane, happened: Happened, asOf: number): Promise<string[]> {
    const due = [...this.#computed].filter(([, known]) => known.due <= asOf).map(([test]) => test)
    const named = new Set([...due, ...happened.news.tests])
    const { news, people, epoch, isResolved } = happened
    const earliest = isResolved ? -Infinity : news.deeds > 0 ? news.earliest : Infinity
    const doubtful = [...this.#computed].filter(([test, { until }]) => !named.has(test) && until > earliest)
    if (doubtful.length === 0) return [...named]
    const until = new Map(doubtful.map(([test, known]) => [test, known.until]))
    const touched = await lane.query<{ test: string }>(touchedSql(happened, people, isResolved ? epoch : -1, until))
    return [...named, ...touched.map(({ test }) => test)]
  }

  /** What was found of these tests, slice by slice, all tests if undefined; and when they are due without any event. */
  learn(tests: readonly string[] | undefined, found: readonly TestRow[], next: ReadonlyMap<string, number>): void {
    for (const test of tests ?? [...this.#computed.keys()]) this.#computed.delete(test)
    for (const { test, users, until } of found) {
      const known = this.#computed.get(test) ?? { users: 0, until, due: next.get(test) ?? Infinity }
      this.#computed.set(test, { ...known, users: known.users + users, until: Math.max(known.until, until) })
    }
  }

  /** Users of all tests. */
  get users(): number {
    return [...this.#computed.values()].reduce((sum, { users }) => sum + users, 0)
  }

  /** Whether any will change as time goes on. */
  get isPending(): boolean {
    return [...this.#computed.values()].some(({ due }) => due < Infinity)
  }
}

const measuredOf = (test: TestPlan) => [test.metrics.length > 0, measuresOf(test)]
/** Of a test that is not planned. */
const none = JSON.stringify([false, []])
