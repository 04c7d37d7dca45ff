import { firstSeen } from '@assay/core/store/schema'
import { byPerson, ofSlice } from './people.js'
import type { Plan } from './plan.js'
import type { Scratch } from './scratch.js'
import { SHARED_BITS, type Slice, within } from './slice.js'

const highest = (2n ** BigInt(SHARED_BITS) - 1n) << BigInt(64 - SHARED_BITS)
/** The end of what does not end. */
const FOREVER_MS = Date.UTC(2299, 11, 31)
const FOREVER = `fromUnixTimestamp64Milli(toInt64(${FOREVER_MS}), 'UTC')`

/** One row a user and test; of a person with several ids, from the rows of all of them. */
function exposed(app: string, slice: Slice): string {
  const rows = (columns: string) =>
    `SELECT test, user_hash, first, ${columns} FROM exposures FINAL WHERE app = ${app} AND ${ofSlice('user_hash', slice)}`
  if (slice.people === null)
    return rows('low != high AS crossed, toUInt64(0) AS ids, false AS identified, false AS differing, false AS shared')
  return `
        SELECT test, user_hash, min(s.first) AS first, min(low) != max(high) AS crossed, any(ids) AS ids,
          max(is_several) AS identified, min(saw) != max(saw) AS differing, max(is_shared) AS shared
        FROM (${byPerson(rows(`low, high, cityHash64(${firstSeen.branch('first')}) AS saw`), slice, ', p.ids AS ids, p.person != 0 AS is_several, p.shared AS is_shared')}) AS s
        WHERE ${within('user_hash', slice)} GROUP BY test, user_hash`
}

/**
 * Users of the app's tests with the branch and phase of their first exposure; a test without any exposure takes first
 * events. Where an event does not name the version, the phase is the one in force. Who came only after the end of a
 * phase was assigned by a client that had not heard of it, and is left out, of all branches alike.
 */
export const count = (app: string, slice: Slice, { counted, phases }: Scratch) => `
  INSERT INTO ${counted}
  SELECT bitOr(bitAnd(user_hash, toUInt64(${highest})), bitShiftRight(cityHash64(test, user_hash, ids, f, until), ${SHARED_BITS})),
    user_hash, since, until, cityHash64(test, phase, branch), test, phase, branch, inferred, crossed,
    identified, differing, shared
  FROM (
    SELECT e.test AS test, user_hash, ids, f, since, branch, inferred, crossed, identified, differing, shared,
      if(version > 0, indexOf(p.versions, version), arrayLastIndex(start -> start <= since, p.starts)) AS i,
      if(i > 0, p.versions[i], version) AS phase,
      multiIf(i > 0, p.ends[i], version = 0 AND notEmpty(p.starts), p.starts[1], ${FOREVER}) AS until
    FROM (
      SELECT * EXCEPT (first), first AS f, ${firstSeen.time('f')} AS since,
        ${firstSeen.branch('f')} AS branch, ${firstSeen.version('f')} AS version, ${firstSeen.inferred('f')} AS inferred
      FROM (${exposed(app, slice)})
    ) AS e ANY LEFT JOIN ${phases} AS p ON e.test = p.test
  )
  WHERE since < until
    AND (NOT inferred OR test NOT IN (SELECT test FROM bucket_rollup WHERE app = ${app} AND event = '$exposure'))`

export const welcome = (app: string, slice: Slice, { counted, newcomers, totals }: Scratch) => `
  INSERT INTO ${newcomers}
  SELECT * FROM ${counted} WHERE key NOT IN (
    SELECT key FROM ${totals} WHERE app = ${app} AND event = '' AND ${within('key', slice)}
  )`

export const makeKnown = (app: string, { newcomers, totals }: Scratch) =>
  `INSERT INTO ${totals} SELECT ${app}, '', key, arm, 0, 0 FROM ${newcomers}`

/** How many users each arm has. */
export const usersSql = ({ counted }: Scratch) => `
  SELECT toString(arm) AS arm, any(test) AS test, any(phase) AS phase, any(branch) AS branch, count() AS users,
    countIf(crossed) AS crossover, countIf(identified) AS identified, countIf(differing) AS differing,
    countIf(shared) AS shared, max(inferred) AS inferred
  FROM ${counted} GROUP BY arm`

/** The rows of `phases` that a plan has. */
export const phaseRows = (plan: Plan) =>
  plan
    .filter(({ phases }) => phases.length > 0)
    .map(({ test, phases }) => ({
      test,
      versions: phases.map(({ version }) => version),
      starts: phases.map(({ from }) => from),
      ends: phases.map(({ to }) => to ?? FOREVER_MS),
    }))
