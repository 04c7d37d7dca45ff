import { firstSeen } from '@assay/core/store/schema'
import type { Plan } from './plan.js'
import type { Scratch } from './scratch.js'
import { SHARED_BITS, type Slice, within } from './slice.js'

const highest = (2n ** BigInt(SHARED_BITS) - 1n) << BigInt(64 - SHARED_BITS)
/** The end of what does not end. */
const FOREVER_MS = Date.UTC(2299, 11, 31)
const FOREVER = `fromUnixTimestamp64Milli(toInt64(${FOREVER_MS}), 'UTC')`

/** Users with one id, one row a test. */
const single = (app: string, slice: Slice) => `
      SELECT test, user_hash, first, low != high AS crossed,
        toUInt64(0) AS ids, false AS identified, false AS differing, false AS shared
      FROM exposures FINAL WHERE app = ${app} AND ${within('user_hash', slice)}`

/** Users with several, from the rows of all of them. */
const several = (app: string, slice: Slice, people: string) => `
      SELECT test, p.person AS user_hash, min(e.first) AS first, min(e.low) != max(e.high) AS crossed,
        any(p.ids) AS ids, true AS identified,
        min(cityHash64(${firstSeen.branch('e.first')}) AS saw) != max(saw) AS differing, max(p.shared) AS shared
      FROM (SELECT * FROM exposures FINAL WHERE app = ${app}) AS e
      INNER JOIN (SELECT * FROM ${people} WHERE ${within('person', slice)}) AS p ON e.user_hash = p.id
      GROUP BY test, p.person`

const exposed = (app: string, slice: Slice) =>
  slice.people === null
    ? single(app, slice)
    : `${single(app, slice)} AND user_hash NOT IN (SELECT id FROM ${slice.people})
      UNION ALL ${several(app, slice, slice.people)}`

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
      FROM (${exposed(app, slice)}
      )
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
