import { expect, test } from 'vitest'
import type { Reads } from '../reads.js'
import { KnownAnswers } from './known-answers.js'

/** A store whose apps have snapshots as of these times, and which counts what else it is asked. */
function storeOf(newest: Record<string, number>) {
  const asked: string[] = []
  const reads: Reads = {
    async query(sql, params) {
      const app = String(params?.app)
      if (sql.includes("test = ''")) return (app in newest ? [{ asOf: newest[app] }] : []) as never
      asked.push(`${app} ${sql}`)
      return Array.from({ length: Number(params?.rows ?? 1) }, (_, i) => ({ i })) as never
    },
  }
  return { asked, reads }
}

test('until there is another snapshot, the same is asked once', async () => {
  const newest: Record<string, number> = { shop: 1, blog: 1 }
  const { asked, reads } = storeOf(newest)
  const known = new KnownAnswers()
  const ask = async (app: string, sql: string) => (await known.of(reads, app)).query(sql, { app })
  for (const app of ['shop', 'blog']) for (const sql of ['a', 'b', 'a']) expect(await ask(app, sql)).toEqual([{ i: 0 }])
  expect(asked).toEqual(['shop a', 'shop b', 'blog a', 'blog b'])
  newest.shop = 2
  for (const app of ['shop', 'blog']) await ask(app, 'a')
  expect(asked.slice(4)).toEqual(['shop a'])
})

test('of an app without a snapshot, and of very many rows, nothing is remembered', async () => {
  const { asked, reads } = storeOf({ shop: 1 })
  const known = new KnownAnswers()
  for (let i = 0; i < 2; i++) await (await known.of(reads, 'new')).query('a', { app: 'new' })
  for (let i = 0; i < 2; i++) await (await known.of(reads, 'shop')).query('a', { app: 'shop', rows: 20_001 })
  expect(asked).toEqual(['new a', 'new a', 'shop a', 'shop a'])
})

test('apps that nobody asks for any more are forgotten', async () => {
  const apps = Array.from({ length: 51 }, (_, i) => `app${i}`)
  const { asked, reads } = storeOf(Object.fromEntries(apps.map((app) => [app, 1])))
  const known = new KnownAnswers()
  for (const app of [...apps, 'app50', 'app0']) await (await known.of(reads, app)).query('a', { app })
  expect(asked.slice(51)).toEqual(['app0 a'])
})
