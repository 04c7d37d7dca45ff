import { quote } from '@assay/core/store/sql'
import { byPerson } from './people.js'
import { everyone } from './slice.js'
import { DEEDS, logged, type Portion } from './totals.js'

/** What was logged of an app between two positions. */
export interface News {
  /** Those that events name. */
  tests: string[]
  links: number
  deeds: number
  /** The earliest deed, Unix milliseconds. */
  earliest: number
}

type Range = Pick<Portion, 'app' | 'from' | 'to'>

export const newsSql = (range: Range) => `
  SELECT groupUniqArrayArray(mapKeys(tests)) AS tests, countIf(event = '$identify') AS links, countIf(${DEEDS}) AS deeds,
    toUnixTimestamp64Milli(minIf(time, ${DEEDS})) AS earliest
  FROM events WHERE app = ${range.app} AND (${logged(range)})`

/** Ids of those who did something, and since when. */
const doers = (range: Range) => `
    SELECT user_hash, toUnixTimestamp64Milli(min(time)) AS earliest FROM facts
    WHERE app = ${range.app} AND ${DEEDS} AND (${logged(range)}) GROUP BY user_hash`

/** With all ids of the same persons, and of those who changed in this epoch, as if they had always done something. */
const doersOf = (range: Range, people: string, epoch: number) => `
    SELECT if(p.id = 0, d.user_hash, p.id) AS user_hash, d.earliest AS earliest
    FROM (${byPerson(doers(range), everyone(people))}) AS d LEFT JOIN ${people} AS p ON d.user_hash = p.person
    UNION ALL SELECT id, toInt64(0) FROM ${people} WHERE epoch = ${epoch}`

/**
 * Those of some tests in which one of the exposed did something before their users' time was over, or became another
 * person. `until` is by test, Unix milliseconds.
 */
export function touchedSql(range: Range, people: string | null, epoch: number, until: ReadonlyMap<string, number>) {
  const tests = `[${[...until.keys()].map(quote)}]`
  return `
  SELECT DISTINCT e.test AS test
  FROM (SELECT test, user_hash FROM exposures WHERE app = ${range.app} AND test IN ${tests}) AS e
  INNER JOIN (${people === null ? doers(range) : doersOf(range, people, epoch)}
  ) AS d ON e.user_hash = d.user_hash
  WHERE d.earliest < transform(toString(e.test), ${tests}, [${[...until.values()]}], 0)`
}
