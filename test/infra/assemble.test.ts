import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
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
    const missing = workspaces.filter((name) => !isPrivate(name) && !existsSync(join(folder, name, 'dist')))
    expect(missing).toEqual([])
    const needless = ['lmdb', '@lmdb', 'chdb', '@chdb', 'typescript', 'vitest']
    expect(needless.filter((name) => existsSync(join(folder, 'node_modules', name)))).toEqual([])
    expect(files().filter((file) => isOwn(file) && /\.test\.|testkit|\.tgz$/.test(file))).toEqual([])
  })

  test('is at most 50 MB', () => {
    const bytes = files().reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    console.log(`assembled: ${(bytes / 1e6).toFixed(1)} MB`)
    expect(bytes).toBeLessThanOrEqual(50e6)
  })

  test.each(['ingest', 'aggregator', 'query-api', 'controller', 'gate'])('runs assay %s', (stage) => {
    expect(assay([stage, '--help'])).toMatchObject({ status: 0, stderr: '' })
  })

  test('loads every module without the engines, but for their two drivers', () => {
    const isModule = (file: string) => isOwn(file) && file.endsWith('.js') && file !== 'cli/dist/main.js'
    // Of the SDK the gate loads what it needs; the rest is for apps, beside React and others.
    const modules = files().filter((file) => isModule(file) && !file.startsWith('sdk/'))
    const load = `const absent = []
      for (const file of ${JSON.stringify(modules)}) await import('./' + file).catch(() => absent.push(file))
      console.log(JSON.stringify(absent.sort()))`
    const { stdout, stderr } = run(process.execPath, ['--input-type=module', '--eval', load])
    const bundled = (name: string) => expect.stringMatching(`^cli/dist/chunks/${name}-\\w+\\.js$`)
    const drivers = [bundled('chdb'), bundled('lmdb'), 'core/dist/log/lmdb.js', 'core/dist/store/chdb.js']
    expect([stderr, JSON.parse(stdout)]).toEqual(['', drivers])
  })

  test('has its command in files of its own, with the licences, and beside them only what cannot be in them', () => {
    const bundled = files().filter((file) => /^cli\/dist\/(main|chunks\/.*)\.js$/.test(file))
    const texts = bundled.map((file) => readFileSync(join(folder, file), 'utf8'))
    const named = texts.flatMap((text) => [...text.matchAll(/^(?:import .*|\} )from "(.+)";$|import\("(.+)"\)/gm)])
    const outside = named
      .map(([, from, later]) => from ?? later!)
      .filter((name) => !/^\./.test(name) && !isBuiltin(name))
    expect([...new Set(outside)].sort()).toEqual(['@fastify/swagger-ui', 'chdb/connection', 'lmdb'])
    const licences = readFileSync(join(folder, 'cli/dist/LICENSES.txt'), 'utf8')
    for (const name of ['fastify', 'kafkajs', 'zod', '@clickhouse/client']) expect(licences).toContain(`${name} `)
    expect(licences).not.toContain('License: undefined')
  })

  test('says what assay up lacks, and what to do', () => {
    const { status, stderr } = assay(['up', '--port', '0'], { ASSAY_DATA: join(place.path, 'data') })
    expect(status).toBe(1)
    expect(stderr).toContain('Expected the embedded engine chdb; it does not load')
    expect(stderr).toContain('set KAFKA_BROKERS and CLICKHOUSE_URL')
  })
})
