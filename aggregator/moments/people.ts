import { firstKnown } from '@assay/core/store/schema'
import type { Scratch } from './scratch.js'
import { type Slice, within } from './slice.js'

/** Links that are followed from an id to the next; what goes on for longer goes in a circle. */
const STEPS = 16
/** Ids of one person at the most: what more were linked to is nobody, but `null` or `guest`. */
const MOST_IDS = 1000

/**
 * Finds the ids of all who have several. An id is of whom it was first linked to, who may be linked on; of ids in a
 * circle, and of those that lead there, the person is the least id in it.
 */
export const gather = (app: string, { people }: Scratch) => `
  INSERT INTO ${people}
  WITH RECURSIVE
    links AS (SELECT alias, ${firstKnown('first')} AS known, low != high AS shared FROM aliases FINAL WHERE app = ${app}),
    walks AS (
      SELECT alias, known, shared, 1 AS step FROM links
      UNION ALL
      SELECT w.alias, l.known, w.shared, w.step + 1 FROM walks AS w INNER JOIN links AS l ON w.known = l.alias
      WHERE w.step < ${STEPS}
    ),
    ends AS (
      SELECT alias, if(max(step) < ${STEPS}, argMax(known, step), minIf(known, step > ${STEPS / 2})) AS end, any(shared) AS shared
      FROM walks GROUP BY alias
    )
  SELECT arrayJoin(groupArray(member)) AS id, person, groupBitXor(cityHash64(member)) AS ids, max(is_shared) AS shared
  FROM (
    -- The end of a walk is a member too, unless it walked on itself.
    SELECT part.1 AS member, argMin(end, part.2) AS person, max(part.3) AS is_shared
    FROM (SELECT end, arrayJoin([(alias, 0, shared), (end, 1, false)]) AS part FROM ends)
    GROUP BY member
  )
  GROUP BY person HAVING count() <= ${MOST_IDS}`

/** That an id is of a person of the slice; more may be let through, which `byPerson` sorts out. */
export const ofSlice = (id: string, slice: Slice) =>
  slice.people === null
    ? within(id, slice)
    : `(${within(id, slice)} OR ${id} IN (SELECT id FROM ${slice.people} WHERE ${within('person', slice)}))`

/** The rows of a source with the hash of the person as `user_hash`, and `columns` of `people` behind them. */
export const byPerson = (source: string, slice: Slice, columns = '') =>
  slice.people === null
    ? source
    : `
    SELECT s.* REPLACE (if(p.person = 0, s.user_hash, p.person) AS user_hash)${columns}
    FROM (${source}) AS s
    ANY LEFT JOIN (
      SELECT * FROM ${slice.people} WHERE (${within('id', slice)}) OR (${within('person', slice)})
    ) AS p ON s.user_hash = p.id`
