import { firstKnown } from '@assay/core/store/schema'
import type { Scratch } from './scratch.js'
import { type Slice, within } from './slice.js'

/** Links that are followed from an id to the next; what goes on for longer goes in a circle. */
const STEPS = 16
/** Ids of one person at the most: what more were linked to is nobody, but `null` or `guest`. */
const MOST_IDS = 1000

/**
 * Finds the ids of all who have several. An id is of whom it was first linked to, who may have been linked on; of ids in
 * a circle, and of those that lead there, the person is the least id in it.
 */
export const gather = (app: string, { people }: Scratch) => `
  INSERT INTO ${people}
  WITH RECURSIVE
    links AS (SELECT alias, ${firstKnown('first')} AS known, low != high AS shared FROM aliases FINAL WHERE app = ${app}),
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
  SELECT arrayJoin(if(person IN (SELECT alias FROM links), aliases, arrayPushBack(aliases, person))), person, ids, shared
  FROM (
    SELECT end AS person, groupArray(alias) AS aliases, groupBitXor(cityHash64(alias)) AS ids, max(shared) AS shared
    FROM ends GROUP BY end HAVING count() < ${MOST_IDS}
  )`

/** That an id may be of a person of the slice: `byPerson` knows. */
export const ofSlice = (id: string, slice: Slice) =>
  slice.people === null
    ? within(id, slice)
    : `(${within(id, slice)} OR ${id} IN (SELECT id FROM ${slice.people} WHERE ${within('person', slice)}))`

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
