import { text } from 'node:stream/consumers'
import { Moments } from '@assay/aggregator/moments/moments'
import { openChdbStore } from '@assay/core/store/chdb'
import { migrate } from '@assay/core/store/migrate'
import { ndjson } from '@assay/core/store/ndjson'
import type { Store } from '@assay/core/store/store'
import { readUsers } from '@assay/query-api/export/users'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { event, NOON } from '../support/entry.js'
import { seeded } from '../support/random.js'
import { makeTempDir } from '../support/temp.js'

const { path, remove } = makeTempDir()
const EVENTS = 20_000
let store: Store

/** Users of two tests, one of which has no exposures; some cross over, some do nothing, some did before they came. */
beforeAll(async () => {
  store = await openChdbStore(path)
  await migrate(store)
  const random = seeded(7)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  const rows = Array.from({ length: EVENTS }, (_, offset) => ({
    ...event({
      id: `e${offset}`,
      user: `u${Math.floor(random() ** 2 * 4000)}`,
      time: NOON + Math.floor(random() * 1e8),
    }),
    event: pick(['$exposure', '$identify', 'buy', 'view', 'view']),
    value: Math.floor(random() * 100),
    ...{ partition: 0, offset },
  }))
  const assigned = rows.map((row) => {
    const branch = pick(['a', 'b', 'b@2'])
    return {
      ...row,
      tests: row.event === '$exposure' ? { t: branch } : pick([{}, { inferred: branch }, { t: branch }]),
    }
  })
  await store.write.insertLines('inbox', [ndjson(assigned)], 'all')
  await new Moments(store, 'shop').snapshot([EVENTS], NOON)
})
afterAll(() => store.close().then(remove))

interface Row {
  user_hash: string
  branch: string
  event: string
  n: number
  sum: number
  crossed: boolean
}

test.each(['t', 'inferred'])('the users of %s add up to its moments', async (name) => {
  const lines = await text(await readUsers(store.exports, [], 'shop', name, 'ndjson', new AbortController().signal))
  const rows = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
  const moments = await store.read.query<{
    event: string
    branch: string
    users: number
    converted: number
    sum: number
  }>(
    `SELECT event, branch, sum(m.users) AS users, sum(m.converted) AS converted, sum(m.sum) AS sum,
       sum(m.crossover) AS crossover
     FROM moments AS m WHERE test = {name:String} GROUP BY event, branch ORDER BY event, branch`,
    { name },
  )
  expect(moments.length).toBe(6)
  const count = (list: Row[]) => new Set(list.map((row) => row.user_hash)).size
  const exported = moments.map(({ event, branch }) => {
    const own = rows.filter((row) => row.branch === branch)
    const did = own.filter((row) => row.event === event && event !== '')
    const [users, crossover] = [count(own), count(own.filter((row) => row.crossed))]
    return { event, branch, users, converted: count(did), sum: did.reduce((sum, row) => sum + row.sum, 0), crossover }
  })
  expect(exported).toEqual(moments)
  const idle = rows.filter((row) => row.event === '')
  expect(idle.length).toBeGreaterThan(0)
  expect(count(rows)).toBe(count(idle) + count(rows.filter((row) => row.event !== '')))
})
