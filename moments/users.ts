import { firstSeen } from '@assay/core/store/schema'
import type { Plan } from './plan.js'
import { ofTests, SHARED_BITS, type Slice, within } from './slice.js'
import type { Tables } from './tables.js'

const highest = (2n ** BigInt(SHARED_BITS) - 1n) << BigInt(64 - SHARED_BITS)
/** The end of what does not end. */
const FOREVER_MS = Date.UTC(2299, 11, 31)
const FOREVER = `fromUnixTimestamp64Milli(toInt64(${FOREVER_MS}), 'UTC')`

const exposuresOf = (app: string, { tests }: Slice) => `exposures FINAL WHERE app = ${app} AND ${ofTests(tests)}`

/** Users with one id, one row a test. */
const single = (from: string, slice: Slice) => `
      SELECT test, user_hash, first, low != high AS crossed,
        toUInt64(0) AS epoch, false AS identified, false AS differing, false AS shared
      FROM ${from} AND ${within('user_hash', slice)}`

/** Users who have or had several, from the rows of all of them. */
const several = (from: string, slice: Slice, people: string) => `
      SELECT test, p.person AS user_hash, min(e.first) AS first, min(e.low) != max(e.high) AS crossed,
        any(p.epoch) AS epoch, any(p.ids) != 0 AS identified,
        min(cityHash64(${firstSeen.branch('e.first')}) AS saw) != max(saw) AS differing, max(p.shared) AS shared
      FROM (SELECT * FROM ${from}) AS e
      INNER JOIN (SELECT * FROM ${people} WHERE ${within('person', slice)}) AS p ON e.user_hash = p.id
      GROUP BY test, p.person`

const exposed = (from: string, slice: Slice) =>
  slice.people === null
    ? single(from, slice)
    : `${single(from, slice)} AND user_hash NOT IN (SELECT id FROM ${slice.people})
      UNION ALL ${several(from, slice, slice.people)}`

/**
 * Users of the slice's tests with the branch and phase of their first exposure; a test without any exposure takes first
 * events. Where an event does not name the version, the phase is the one in force. Who came only after the end of a
 * phase was assigned by a client that had not heard of it, and is left out, of all branches alike.
 */
export const countedSql = (app: string, slice: Slice, { phases }: Pick<Tables, 'phases'>) => `
  SELECT bitOr(
      bitAnd(user_hash, toUInt64(${highest})),
      bitShiftRight(cityHash64(test, user_hash, own, epoch, f, until, phase), ${SHARED_BITS})
    ) AS key,
    user_hash, since, until, cityHash64(test, phase, branch) AS arm, test, phase, branch, inferred, crossed,
    identified, differing, shared
  FROM (
    SELECT e.test AS test, user_hash, e.epoch AS own, p.epoch AS epoch, f, since, branch, inferred, crossed, identified, differing, shared,
      if(version > 0, indexOf(p.versions, version), arrayLastIndex(start -> start <= since, p.starts)) AS i,
      if(i > 0, p.versions[i], version) AS phase,
      multiIf(i > 0, p.ends[i], version = 0 AND notEmpty(p.starts), p.starts[1], ${FOREVER}) AS until
    FROM (
      SELECT * EXCEPT (first), first AS f, ${firstSeen.time('f')} AS since,
        ${firstSeen.branch('f')} AS branch, ${firstSeen.version('f')} AS version, ${firstSeen.inferred('f')} AS inferred
      FROM (${exposed(exposuresOf(app, slice), slice)}
      )
    ) AS e ANY LEFT JOIN ${phases} AS p ON e.test = p.test
  )
  WHERE since < until
    AND (NOT inferred OR test NOT IN (SELECT test FROM bucket_rollup WHERE app = ${app} AND ${ofTests(slice.tests)} AND event = '$exposure'))`

export const count = (app: string, slice: Slice, tables: Tables) => `
  INSERT INTO ${tables.counted} ${countedSql(app, slice, tables)}`

export const welcome = (app: string, slice: Slice, { counted, newcomers, totals }: Tables) => `
  INSERT INTO ${newcomers}
  SELECT * FROM ${counted} WHERE key NOT IN (
    SELECT key FROM ${totals} WHERE app = ${app} AND event = '' AND ${ofTests(slice.tests)} AND ${within('key', slice)}
  )`

export const makeKnown = (app: string, { newcomers, totals }: Tables) =>
  `INSERT INTO ${totals} SELECT ${app}, '', test, key, arm, 0, 0 FROM ${newcomers}`

/** How many users each arm has. */
export const usersSql = ({ counted }: Tables) => `
  SELECT toString(arm) AS arm, any(test) AS test, any(phase) AS phase, any(branch) AS branch, count() AS users,
    countIf(crossed) AS crossover, countIf(identified) AS identified, countIf(differing) AS differing,
    countIf(shared) AS shared, max(inferred) AS inferred
  FROM ${counted} GROUP BY arm`

/** How many users a test has, and until when, in Unix milliseconds, something that they do may count. */
export interface TestRow {
  test: string
  users: number
  until: number
}

export const testsSql = ({ counted }: Tables) =>
  `SELECT test, count() AS users, toUnixTimestamp64Milli(max(until)) AS until FROM ${counted} GROUP BY test`

/** The rows of `phases` that a plan has; `epochOf` is that of a test. */
export const phaseRows = (plan: Plan, epochOf: (test: string) => number = () => 0) =>
  plan
    .map((planned) => ({ ...planned, epoch: epochOf(planned.test) }))
    .filter(({ phases, epoch }) => phases.length > 0 || epoch > 0)
    .map(({ test, phases, epoch }) => ({
      test,
      epoch,
      versions: phases.map(({ version }) => version),
      starts: phases.map(({ from }) => from),
      ends: phases.map(({ to }) => to ?? FOREVER_MS),
    }))
