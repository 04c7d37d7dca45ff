import type { Reads } from '../reads.js'

/** Rows of an app's answers, and apps, that are remembered. */
const MOST_ROWS = 20_000
const MOST_APPS = 50

const newestSql = `
  SELECT toUnixTimestamp64Milli(as_of) AS asOf FROM moments WHERE app = {app:String} AND test = ''
  ORDER BY toStartOfMinute(as_of) DESC, as_of DESC LIMIT 1`

interface Known {
  asOf: number
  /** By question. */
  answers: Map<string, unknown[]>
  rows: number
}

/**
 * Answers about an app as of its last snapshot, which is looked up each time: while it is the same, what was asked once
 * need not be asked again, as by whoever watches results.
 */
export class KnownAnswers {
  /** Those asked for last are last. */
  readonly #apps = new Map<string, Known>()

  /** Reads that remember; of an app without a snapshot, which may have anything at any moment, the same as were given. */
  async of(reads: Reads, app: string): Promise<Reads> {
    const [newest] = await reads.query<{ asOf: number }>(newestSql, { app })
    if (newest === undefined) return reads
    const known = this.#asOf(app, newest.asOf)
    return {
      async query<Row>(sql: string, params?: Record<string, unknown>) {
        const question = JSON.stringify([sql, params])
        const answer = known.answers.get(question) ?? (await reads.query<Row>(sql, params))
        if (!known.answers.has(question) && known.rows + answer.length <= MOST_ROWS) {
          known.answers.set(question, answer)
          known.rows += answer.length
        }
        return answer as Row[]
      },
    }
  }

  #asOf(app: string, asOf: number): Known {
    const before = this.#apps.get(app)
    const known = before?.asOf === asOf ? before : { asOf, answers: new Map(), rows: 0 }
    this.#apps.delete(app)
    this.#apps.set(app, known)
    if (this.#apps.size > MOST_APPS) this.#apps.delete(this.#apps.keys().next().value!)
    return known
  }
}
