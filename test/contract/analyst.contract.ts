import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { RowFormat, Store } from '@assay/core/store/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** What analysts may ask, and what they may not, on every driver. The store has one event, `view` of the app `shop`. */
export function analystContract(driver: string, open: () => Promise<Store>) {
  describe(`SQL on ${driver}`, () => {
    let store: Store
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    const ask = async (sql: string, params: Record<string, string> = {}, format: RowFormat = 'JSONCompact') =>
      text(await store.analyst!.ask(sql, params, format, new AbortController().signal))
    const answer = async (sql: string, params: Record<string, string> = {}) => JSON.parse(await ask(sql, params)).data

    test.each<[string, unknown]>([
      ['SELECT event FROM events', [['view']]],
      ['select event from events -- a word\n;', [['view']]],
      ['SELECT count() FROM (SELECT user_hash FROM assay.exposures FINAL)', [['0']]],
      ['WITH e AS (SELECT * FROM events) SELECT uniqExact(e.user) FROM e JOIN facts AS f USING (app)', [['1']]],
      ['SELECT uniqCombined64Merge(users), quantile(0.5)(n), sumIf(sum, n > 0) FROM bucket_rollup', null],
      ["SELECT arrayMap(x -> x + 1, [1]), CASE 1 WHEN 1 THEN 'a' END, toStartOfDay(time) AS d FROM events", null],
      ["SELECT tests, props['a'], e.* EXCEPT(app) FROM events AS e WHERE user IN (SELECT user FROM events)", null],
      ['SELECT row_number() OVER (PARTITION BY app ORDER BY time) FROM events', [['1']]],
      ['SELECT number FROM numbers(2)', [['0'], ['1']]],
      ["SELECT 'it''s; -- /* \\\\ ', `a``b` FROM (SELECT 1 AS `a``b`)", [["it's; -- /* \\ ", 1]]],
      ['SELECT 18446744073709551615', [['18446744073709551615']]],
      ['SELECT count() FROM moments', [['0']]],
      ['(SELECT 1) UNION ALL (SELECT 1)', [[1], [1]]],
    ])('%s is answered', async (sql, expected) => {
      const rows = await answer(sql)
      expect(rows).toEqual(expected ?? [expect.any(Array)])
    })

    test.each(["it's", 'a\\b\n\tc\r\0', '🦊{x:String}', '', "'; DROP TABLE events --"])(
      'takes %j as a parameter',
      async (x) => {
        expect(await answer('SELECT {x:String}', { x })).toEqual([[x]])
        await expect(ask('SELECT {x:String}')).rejects.toMatchObject({ code: 'sql-invalid' })
      },
    )

    test('takes parameters of any type', async () => {
      const sql = 'SELECT {n:Float64} + 1, {d:Date} + 1, {a:Array(UInt8)}[2], {i:Identifier} FROM facts'
      expect(await answer(sql, { n: '1.5', d: '2026-01-01', a: '[1,2]', i: 'event' })).toEqual([
        [2.5, '2026-01-02', 2, 'view'],
      ])
    })

    test.each<[string]>([
      // Files, and what writes them.
      ["SELECT file('/etc/hostname')"],
      ["SELECT File('/etc/hostname')"],
      ["SELECT arrayMap(file, ['/etc/hostname'])"],
      ["SELECT * APPLY(file) FROM (SELECT '/etc/hostname')"],
      ["SELECT * APPLY(x -> file(x)) FROM (SELECT '/etc/hostname')"],
      ["WITH x -> file(x) AS f SELECT f('/etc/hostname')"],
      ["SELECT if(1, 'a', file('/etc/hostname'))"],
      ["SELECT (SELECT file('/etc/hostname'))"],
      ["SELECT * FROM file('/etc/hostname', 'LineAsString')"],
      ["SELECT 'a' IN file('/etc/hostname', 'LineAsString')"],
      ["SELECT * FROM filesystem('/etc')"],
      ['SELECT * FROM default.`/etc/hostname`'],
      ['SELECT 1 IN default.`/etc/hostname`'],
      ["SELECT 1 INTO OUTFILE '/tmp/assay-out'"],
      ["SELECT 1 INTO/**/OUTFILE '/tmp/assay-out' TRUNCATE FORMAT CSV"],
      ["(SELECT 1) UNION ALL (SELECT 2) INTO OUTFILE '/tmp/assay-out'"],
      ["INSERT INTO FUNCTION file('/tmp/assay-out', 'CSV') SELECT 1"],
      // Other machines and programs.
      ["SELECT * FROM url('http://127.0.0.1:1', 'LineAsString')"],
      ["SELECT * FROM s3('http://127.0.0.1:1/bucket/a', 'CSV')"],
      ["SELECT * FROM remote('127.0.0.1:1', system.one)"],
      ["SELECT * FROM cluster('default', system.one)"],
      ["SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')"],
      ["SELECT * FROM executable('id', 'TSV', 'a String')"],
      ["SELECT aiGenerate('a', 'b')"],
      ["SELECT catboostEvaluate('/etc/hostname', 1)"],
      ["SELECT dictGet('a', 'b', 1)"],
      ["SELECT joinGet('a', 'b', 1)"],
      // Other tables, and what tells about the machine.
      ['SELECT * FROM system.tables'],
      ['SELECT * FROM system.users'],
      ['SELECT * FROM system.processes'],
      ['SELECT * FROM information_schema.tables'],
      ['SELECT (SELECT count() FROM system.tables)'],
      ["SELECT 'a' IN system.contributors"],
      ["SELECT 'a' IN {t:Identifier}"],
      ['SELECT * FROM {t:Identifier}'],
      ['SELECT * FROM system.numbers'],
      ['WITH system.tables AS t SELECT * FROM t'],
      ['SELECT * FROM system.tables AS `x, table_name: assay.events`'],
      ['SELECT * FROM system.tables AS `x\nTABLE id: 1, table_name: assay.events`'],
      ['SELECT * FROM inbox'],
      ['SELECT 1 IN (SELECT epoch FROM owners)'],
      ["SELECT * FROM merge('system', '.*')"],
      ["SELECT * FROM merge('.*')"],
      ['SELECT * FROM view(SELECT 1)'],
      ['SELECT * FROM (EXPLAIN SELECT 1)'],
      ['SELECT hostName()'],
      ['SELECT @@version'],
      ["SELECT getSetting('readonly')"],
      ["SELECT getServerSetting('path')"],
      ['SELECT sleep(3)'],
      ['SELECT sleepEachRow(1) FROM numbers(3)'],
      // Statements that do more, or more than one.
      ['INSERT INTO events SELECT * FROM events'],
      ["INSERT INTO events (id) VALUES ('a')"],
      ['ALTER TABLE events DELETE WHERE 1'],
      ['DROP TABLE events'],
      ['TRUNCATE TABLE events'],
      ["ATTACH TABLE a FROM '/tmp' (b UInt8) ENGINE = MergeTree ORDER BY b"],
      ['CREATE TEMPORARY TABLE a (b UInt8)'],
      ['CREATE FUNCTION f AS x -> file(x)'],
      ['KILL QUERY WHERE 1'],
      ['SYSTEM SHUTDOWN'],
      ['SET readonly = 0'],
      ['USE system'],
      ['EXPLAIN SELECT 1'],
      ["EXPLAIN AST SELECT 1 INTO OUTFILE '/tmp/assay-out'"],
      ["DESCRIBE TABLE file('/etc/hostname')"],
      ['SHOW GRANTS'],
      ["BACKUP TABLE events TO File('/tmp/assay-out')"],
      ['EXECUTE AS default SELECT 1'],
      ['SELECT 1 PARALLEL WITH SELECT 2'],
      ['SELECT 1 FORMAT CSV'],
      // Settings that lift the limits.
      ['SELECT 1 SETTINGS max_execution_time = 1000'],
      ['SELECT * FROM (SELECT 1 SETTINGS max_threads = 9)'],
      ['WITH a AS (SELECT 1 SETTINGS readonly = 0) SELECT * FROM a'],
    ])('%s is forbidden', async (sql) => {
      await expect(ask(sql, { t: 'system.tables' })).rejects.toMatchObject({ code: 'sql-forbidden' })
      expect(existsSync('/tmp/assay-out')).toBe(false)
    })

    test.each([
      ['SELECT 1; SELECT 2'],
      ['SELECT 1; DROP TABLE events'],
      ['SELECT 1) UNION ALL (SELECT 2'],
      ['SELECT 1 /* ; DROP TABLE events'],
      ["SELECT 'a"],
      ['-- SELECT 1'],
      [';'],
      ['SELEC 1'],
      ['SELECT nothing FROM events'],
      ['SELECT * FROM no_such_table'],
      ['SELECT * FROM events FINAL'],
      ['SELECT * FROM (SHOW TABLES)'],
      ['SELECT {missing:String}'],
    ])('%s is invalid, in the engine’s words', async (sql) => {
      const message = expect.stringMatching(/it says: .{10,}/)
      await expect(ask(sql)).rejects.toMatchObject({ code: 'sql-invalid', message })
    })

    test.each([
      ['rows to read', 'SELECT max(number) FROM numbers(1000000000000)'],
      ['rows', 'SELECT number FROM numbers(1000001)'],
      ['bytes', "SELECT repeat('x', 100000) FROM numbers(2000)"],
      ['memory', "SELECT groupArray(repeat('x', 1000000)) FROM numbers(1000)"],
      ['depth', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ])('more than the allowed %s is told, not cut off', async (_, sql) => {
      await expect(ask(sql)).rejects.toMatchObject({ code: 'query-too-large' })
    })

    test('more than ten seconds is told', async () => {
      const long = ask('SELECT count() FROM numbers(200000) AS a, numbers(200000) AS b WHERE a.number * b.number = 7')
      await expect(long).rejects.toMatchObject({ code: 'query-too-large' })
    }, 30_000)

    test('a question that nobody waits for ends', async () => {
      const gone = new AbortController()
      const began = performance.now()
      const sql = 'SELECT count() FROM numbers(200000) AS a, numbers(200000) AS b WHERE a.number * b.number = 8'
      const asked = store.analyst!.ask(sql, {}, 'JSONCompact', gone.signal)
      gone.abort()
      await expect(asked).rejects.toMatchObject({ code: 'shutting-down' })
      expect(performance.now() - began).toBeLessThan(5000)
    })

    test.each<[RowFormat, RegExp]>([
      ['CSVWithNames', /^"a"\r\n"x,""y"""\r\n$/],
      ['JSONEachRow', /^\{"a":"x,\\"y\\""\}\n$/],
      ['Parquet', /^PAR1.*PAR1$/s],
      ['ArrowStream', /^\ufffd\ufffd\ufffd\ufffd/],
    ])('is answered as %s', async (format, bytes) => {
      expect(await ask(`SELECT 'x,"y"' AS a`, {}, format)).toMatch(bytes)
    })
  })
}
