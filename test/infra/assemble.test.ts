import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTempDir } from '../support/temp.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = makeTempDir()
const folder = join(place.path, 'assay')
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
const isOwn = (file: string) => !file.includes('node_modules/')

beforeAll(() => void execFileSync(join(root, 'infra/assemble.sh'), [folder], { stdio: 'pipe' }), 180_000)
afterAll(place.remove)

const run = (command: string, args: string[], env = {}) =>
  spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })
const assay = (args: string[], env = {}) => run(join(folder, 'node_modules/.bin/assay'), args, env)

describe('what runs beside Kafka and ClickHouse', () => {
  test('has each package that is published, and no engine, tool or test', () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] }
    const isPrivate = (name: string) => JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')).private
    // The SDK is for apps.
    const missing = workspaces.filter((name) => !isPrivate(name) && !existsSync(join(folder, name, 'dist')))
    expect(missing).toEqual(['sdk'])
    const needless = ['lmdb', '@lmdb', 'chdb', '@chdb', 'typescript', 'vitest']
    expect(needless.filter((name) => existsSync(join(folder, 'node_modules', name)))).toEqual([])
    expect(files().filter((file) => isOwn(file) && /\.test\.|testkit|\.tgz$/.test(file))).toEqual([])
  })

  test('is at most 50 MB', () => {
    const bytes = files().reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    console.log(`assembled: ${(bytes / 1e6).toFixed(1)} MB`)
    expect(bytes).toBeLessThanOrEqual(50e6)
  })

  test.each(['ingest', 'aggregator', 'query-api'])('runs assay %s', (stage) => {
    expect(assay([stage, '--help'])).toMatchObject({ status: 0, stderr: '' })
  })

  test('loads every module without the engines, but for their two drivers', () => {
    const modules = files().filter((file) => isOwn(file) && file.endsWith('.js') && file !== 'cli/dist/main.js')
    const load = `const absent = []
      for (const file of ${JSON.stringify(modules)}) await import('./' + file).catch(() => absent.push(file))
      console.log(JSON.stringify(absent.sort()))`
    const { stdout, stderr } = run(process.execPath, ['--input-type=module', '--eval', load])
    expect([stderr, JSON.parse(stdout)]).toEqual(['', ['core/dist/log/lmdb.js', 'core/dist/store/chdb.js']])
  })

  test('says what assay up lacks, and what to do', () => {
    const { status, stderr } = assay(['up', '--port', '0'], { ASSAY_DATA: join(place.path, 'data') })
    expect(status).toBe(1)
    expect(stderr).toContain('Expected the embedded engine chdb; it does not load')
    expect(stderr).toContain('set KAFKA_BROKERS and CLICKHOUSE_URL')
  })
})
