import { firstKnown } from '@assay/core/store/schema'
import { isWhole, type Slice, within } from './slice.js'
import type { Tables } from './tables.js'

/** Links that are followed from an id to the next; what goes on for longer goes in a circle. */
const STEPS = 16
/** Ids of one person at the most: what more were linked to is nobody, but `null` or `guest`. */
const MOST_IDS = 1000

const linksSql = (app: string) =>
  `SELECT alias, ${firstKnown('first')} AS known, low != high AS shared FROM aliases FINAL WHERE app = ${app}`

/** Of `linkCounts`. */
export interface Links {
  links: number
  chains: number
}

/** How many ids of an app were linked, and how many of them to one that was linked on. */
export const linkCounts = (app: string) => ({
  links: `(SELECT count() FROM aliases WHERE app = ${app})`,
  chains: `(SELECT count() FROM aliases WHERE app = ${app} AND ${firstKnown('first')} IN (SELECT alias FROM aliases WHERE app = ${app}))`,
})

/** The same as `chainedSql` where no link goes on: a recursion costs more than all else of a small test. */
const directSql = (app: string) => `
  SELECT arrayJoin(arrayPushBack(aliases, known)) AS id, known AS person, ids, shared, toUInt64(0) AS epoch
  FROM (
    SELECT known, groupArray(alias) AS aliases, groupBitXor(cityHash64(alias)) AS ids, max(shared) AS shared
    FROM (${linksSql(app)}) GROUP BY known HAVING count() < ${MOST_IDS}
  )`

const chainedSql = (app: string) => `
  WITH RECURSIVE
    links AS (${linksSql(app)}),
    walks AS (
      SELECT alias, known, shared, 1 AS step FROM links WHERE known IN (SELECT alias FROM links)
      UNION ALL
      SELECT w.alias, l.known, w.shared, w.step + 1 FROM links AS l INNER JOIN walks AS w ON l.alias = w.known
      WHERE w.step < ${STEPS}
    ),
    ends AS (
      SELECT alias, known AS end, shared FROM links WHERE known NOT IN (SELECT alias FROM links)
      UNION ALL
      SELECT alias, if(max(step) < ${STEPS}, argMax(known, step), minIf(known, step > ${STEPS / 2})), any(shared)
      FROM walks GROUP BY alias
    )
  SELECT arrayJoin(if(person IN (SELECT alias FROM links), aliases, arrayPushBack(aliases, person))) AS id, person, ids, shared,
    toUInt64(0) AS epoch
  FROM (
    SELECT end AS person, groupArray(alias) AS aliases, groupBitXor(cityHash64(alias)) AS ids, max(shared) AS shared
    FROM ends GROUP BY end HAVING count() < ${MOST_IDS}
  )`

/**
 * The ids of all who have several. An id is of whom it was first linked to, who may have been linked on; of ids in
 * a circle, and of those that lead there, the person is the least id in it.
 */
export const peopleSql = (app: string, { chains }: Links) => (chains > 0 ? chainedSql(app) : directSql(app))

/**
 * Finds them in an epoch. What a person was in an epoch before, they may be again: who is no longer as they were is of this
 * one, and who has one id left stays listed, so that keys made of it never come back. Links do not go away, but an
 * earlier one that comes late takes the place of another. Each id once, though links come in meanwhile.
 */
export const gather = (app: string, links: Links, epoch: number, { people, resolved }: Tables) => `
  INSERT INTO ${resolved}
  SELECT ${app}, if(now.id = 0, old.id, now.id), if(now.id = 0, old.id, now.person), now.ids, now.shared,
    if((old.person, old.ids, old.shared) = (if(now.id = 0, old.id, now.person), now.ids, now.shared), old.epoch, ${epoch})
  FROM (SELECT * FROM (${peopleSql(app, links)}) LIMIT 1 BY id) AS now
  FULL JOIN (SELECT * FROM ${people} WHERE app = ${app}) AS old ON now.id = old.id`

/** An app's, for a slice. */
export const peopleOf = (app: string, { people }: Tables) => `(SELECT * FROM ${people} WHERE app = ${app})`

/** That an id may be of a person of the slice: `byPerson` knows. */
export const ofSlice = (id: string, slice: Slice) =>
  slice.people === null || isWhole(slice)
    ? within(id, slice)
    : `(${within(id, slice)} OR ${id} IN (SELECT id FROM ${slice.people} WHERE ${within('person', slice)}))`

/** All ids of the users in a table. */
export const idsOf = (users: string, { people }: Slice) =>
  people === null
    ? `SELECT user_hash FROM ${users}`
    : `SELECT user_hash FROM ${users} UNION ALL SELECT id FROM ${people} WHERE person IN (SELECT user_hash FROM ${users})`

/** The rows of a source with the hash of the person as `user_hash`. */
export const byPerson = (source: string, slice: Slice) =>
  slice.people === null
    ? source
    : `
    SELECT s.* REPLACE (if(p.person = 0, s.user_hash, p.person) AS user_hash)
    FROM (${source}) AS s
    ANY LEFT JOIN (
      SELECT * FROM ${slice.people} WHERE (${within('id', slice)}) OR (${within('person', slice)})
    ) AS p ON s.user_hash = p.id`
