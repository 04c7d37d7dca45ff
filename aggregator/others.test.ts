import type { Store } from '@assay/core/store/store'
import { expect, test } from 'vitest'
import { Others } from './others.js'
import type { Worker } from './worker.js'

/** Tables that hold offsets up to these marks, and an app in each partition. */
function tablesWith(marks: Record<number, number>): Store {
  const query = async (sql: string) =>
    sql.includes('DISTINCT app')
      ? [...sql.matchAll(/partition = (\d+) AND offset >= (\d+)/g)].map(([, p, from]) => ({
          app: `p${p} from ${from}`,
        }))
      : Object.entries(marks).map(([partition, mark]) => ({ partition: Number(partition), mark }))
  return { read: { query } } as unknown as Store
}

/** Own partitions and where their writers are. */
const own = (positions: Record<number, number>) =>
  new Map(Object.entries(positions).map(([p, position]) => [Number(p), { writer: { position } } as Worker]))

test('a partition that was lost or is not recovered yet does not go back: what was folded would be folded again', () => {
  const others = new Others(tablesWith({}), 2)
  expect(others.positions(own({ 0: 10, 1: 7 }))).toEqual([10, 7])
  expect(others.positions(own({ 0: 12 }))).toEqual([12, 7])
  expect(others.positions(own({ 0: 12, 1: 0 }))).toEqual([12, 7])
  expect(others.positions(own({ 0: 12, 1: 9 }))).toEqual([12, 9])
})

test('what others stored since a partition was lost is what has changed', async () => {
  const others = new Others(tablesWith({ 1: 20 }), 2)
  others.positions(own({ 0: 10, 1: 7 }))
  expect(await others.changed(own({ 0: 10 }))).toEqual(['p1 from 7'])
  expect(others.positions(own({ 0: 10 }))).toEqual([10, 21])
})
