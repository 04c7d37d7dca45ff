import { ndjson } from '@assay/core/store/ndjson'
import { firstSeen } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import type { Lane, Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { Arms } from './arms.js'
import { plain, type Scratch } from './scratch.js'

/** How far a snapshot goes: for each partition the first offset not in it. */
export type Positions = readonly number[]

/** Rows of `exposures` taken at once, about: what is joined with them must fit the memory of a computation. */
const ROWS = 1_000_000

/** A range of hashes of users, both ends in it, which `user_hash` and `key` agree on. */
interface Slice {
  from: bigint
  to: bigint
}

const within = (column: string, { from, to }: Slice) => `${column} >= ${from} AND ${column} <= ${to}`

/** So many rows in slices of equal size, a power of two of them. */
function slicesOf(rows: number, rowsAtOnce: number): Slice[] {
  const bits = Math.max(0, Math.min(SHARED_BITS, Math.ceil(Math.log2(rows / rowsAtOnce))))
  const size = 1n << BigInt(64 - bits)
  return Array.from({ length: 2 ** bits }, (_, i) => ({ from: BigInt(i) * size, to: BigInt(i + 1) * size - 1n }))
}

/** The highest bits of a key are its user's. */
const SHARED_BITS = 16
const highest = (2n ** BigInt(SHARED_BITS) - 1n) << BigInt(64 - SHARED_BITS)

/** Users of the app's tests with the branch of their first exposure; a test without any exposure takes first events. */
const count = (app: string, slice: Slice, { counted }: Scratch) => `
  INSERT INTO ${counted}
  SELECT bitOr(bitAnd(user_hash, toUInt64(${highest})), bitShiftRight(cityHash64(test, user_hash, f), ${SHARED_BITS})), user_hash,
    ${firstSeen.time('f')}, cityHash64(test, ${firstSeen.branch('f')} AS b), test, b, ${firstSeen.inferred('f')} AS inferred, crossed
  FROM (
    SELECT test, user_hash, first AS f, low != high AS crossed FROM exposures FINAL
    WHERE app = ${app} AND ${within('user_hash', slice)}
  )
  WHERE NOT inferred OR test NOT IN (SELECT test FROM bucket_rollup WHERE app = ${app} AND event = '$exposure')`

const welcome = (app: string, slice: Slice, { counted, newcomers, totals }: Scratch) => `
  INSERT INTO ${newcomers}
  SELECT * FROM ${counted} WHERE key NOT IN (
    SELECT key FROM ${totals} WHERE app = ${app} AND event = '' AND ${within('key', slice)}
  )`

const makeKnown = (app: string, { newcomers, totals }: Scratch) =>
  `INSERT INTO ${totals} SELECT ${app}, '', key, arm, 0 FROM ${newcomers}`

/** Adds up what these users did from their exposure on, as far as it was logged between two positions; who they are is none of it. */
const fold = (app: string, slice: Slice, { totals }: Scratch, users: string, from: Positions, to: Positions) => `
  INSERT INTO ${totals}
  SELECT ${app}, facts.event, u.key, any(u.arm), sum(facts.value)
  FROM facts INNER JOIN ${users} AS u ON facts.user_hash = u.user_hash
  WHERE facts.app = ${app} AND facts.event NOT IN ('$exposure', '$identify') AND ${within('facts.user_hash', slice)} AND (${logged(from, to)})
    AND facts.time >= u.since AND facts.time >= (SELECT min(since) FROM ${users})
  GROUP BY facts.event, u.key`

function logged(from: Positions, to: Positions): string {
  return to.map((end, p) => `partition = ${p} AND offset >= ${from[p] ?? 0} AND offset < ${end}`).join(' OR ')
}

const usersSql = ({ counted }: Scratch) => `
  SELECT toString(arm) AS arm, any(test) AS test, any(branch) AS branch, count() AS users, countIf(crossed) AS crossover,
    max(inferred) AS inferred
  FROM ${counted} GROUP BY arm`

/** Moments of the users' totals. A key that is counted no more had its first exposure replaced by an earlier one. */
const valuesSql = (app: string, slice: Slice, { counted, totals }: Scratch) => `
  SELECT toString(arm) AS arm, event, count() AS converted, avg(total) AS mean, varPopStable(total) * count() AS m2,
    sum(total) AS sum
  FROM ${totals} FINAL
  WHERE app = ${app} AND event != '' AND ${within('key', slice)} AND key IN (SELECT key FROM ${counted})
  GROUP BY arm, event`

/** Keeps the moments of one app's tests up to date. */
export class Moments {
  readonly #compute: Lane
  readonly #scratch: Scratch
  readonly #app: string
  readonly #rowsAtOnce: number
  /** What `totals` holds; null when that is not known. */
  #folded: Positions | null = null

  constructor({ compute }: Store, app: string, scratch: Scratch = plain, rowsAtOnce = ROWS) {
    this.#compute = compute
    this.#scratch = scratch
    this.#app = app
    this.#rowsAtOnce = rowsAtOnce
  }

  /** Computes the moments of all that was logged before these positions, and keeps them as a snapshot taken at `asOf`. */
  async snapshot(to: Positions, asOf: number): Promise<void> {
    const compute = this.#compute
    const app = quote(this.#app)
    const from = this.#folded ?? to.map(() => 0)
    if (this.#folded === null) await compute.command(`ALTER TABLE ${this.#scratch.totals} DROP PARTITION ${app}`)
    // Known again only when every slice was folded.
    this.#folded = null
    const [exposures] = await compute.query<{ rows: number }>(
      `SELECT count() AS rows FROM exposures WHERE app = ${app}`,
    )
    const arms = new Arms()
    for (const slice of slicesOf(exposures!.rows, this.#rowsAtOnce)) {
      await this.#fold(app, slice, from, to)
      arms.add(await compute.query(usersSql(this.#scratch)), await compute.query(valuesSql(app, slice, this.#scratch)))
    }
    this.#folded = to
    const rows = arms.moments().map((row) => ({ app: this.#app, as_of: asOf, ...row }))
    if (rows.length > 0) await compute.insertLines('moments', [ndjson(rows)], nanoid())
  }

  async #fold(app: string, slice: Slice, from: Positions, to: Positions): Promise<void> {
    const compute = this.#compute
    const scratch = this.#scratch
    const { counted, newcomers } = scratch
    for (const table of [counted, newcomers]) await compute.command(`TRUNCATE TABLE ${table}`)
    await compute.command(count(app, slice, scratch))
    await compute.command(welcome(app, slice, scratch))
    await compute.command(fold(app, slice, scratch, counted, from, to))
    if (from.some((offset) => offset > 0)) await compute.command(fold(app, slice, scratch, newcomers, [], from))
    await compute.command(makeKnown(app, scratch))
  }
}
