import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKeys, type Keys, parseKeys } from '@assay/core/keys'
import { Command } from 'commander'
import { beforeEach, expect, test, vi } from 'vitest'
import { tempFiles } from '../testkit/temp.js'
import { keysCommands } from './commands.js'

const all = createKeys()
const web = createKeys()

let printed: string
beforeEach(() => {
  printed = ''
  vi.stubEnv('ASSAY_KEYS', '')
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
  return () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  }
})

const dataWith = (keys: Keys) => tempFiles({ 'keys.json': JSON.stringify(keys) })
const read = (data: string) => parseKeys(readFileSync(join(data, 'keys.json'), 'utf8'))
const kinds = (data: string) =>
  Object.entries(read(data).apps ?? {}).map(([app, own]) => `${app}: ${Object.keys(own).join(' ')}`)

async function run(data: string, ...args: string[]): Promise<Error | undefined> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  keysCommands(program)
  for (const sub of program.commands[0]!.commands) sub.exitOverride().configureOutput({ writeErr: () => {} })
  return program.parseAsync(['keys', ...args, '--data', data], { from: 'user' }).then(
    () => undefined,
    (error) => error,
  )
}

test.each<[string, Keys, string[], string[]]>([
  ['all kinds', all, ['add', 'web'], ['web: write read admin']],
  ['one kind', all, ['add', 'web', 'read'], ['web: read']],
  ['kinds in any order', all, ['add', 'web', 'read', 'write'], ['web: write read']],
  ['a second kind', { ...all, apps: { web: { read: web.read } } }, ['add', 'web', 'admin'], ['web: read admin']],
  ['a second app', { ...all, apps: { web } }, ['add', 'my game', 'read'], ['web: write read admin', 'my game: read']],
  ['none, as all are taken away', { ...all, apps: { web } }, ['remove', 'web'], []],
  ['the rest, as one is taken away', { ...all, apps: { web } }, ['remove', 'web', 'write'], ['web: read admin']],
  ['those of other apps', { ...all, apps: { web, game: createKeys() } }, ['remove', 'game'], ['web: write read admin']],
])('an app has %s', async (_, keys, args, expected) => {
  const data = dataWith(keys)
  expect(await run(data, ...args)).toBeUndefined()
  expect(kinds(data)).toEqual(expected)
  const { apps: _apps, ...kept } = read(data)
  expect(kept).toEqual(all)
})

test('keys are shown when they are made, and never again', async () => {
  const data = dataWith(all)
  await run(data, 'add', 'web', 'write', 'read')
  const { write, read: reads } = read(data).apps!.web!
  for (const key of [write!, reads!]) expect(printed).toContain(key)
  expect(printed).not.toContain(all.admin)
  printed = ''
  await run(data, 'list')
  await run(data, 'list', '--json')
  await run(data, 'remove', 'web')
  expect(printed).toContain('web       write read')
  expect(printed).toContain('{"all":["write","read","admin"],"apps":{"web":["write","read"]}}')
  expect(printed).not.toMatch(/[wra]k_/)
})

test('--json has the keys, or what was taken away', async () => {
  const data = dataWith(all)
  await run(data, 'add', 'web', 'read', '--json')
  expect(JSON.parse(printed)).toEqual({ app: 'web', keys: read(data).apps!.web })
  printed = ''
  await run(data, 'remove', 'web', '--json')
  expect(JSON.parse(printed)).toEqual({ app: 'web', removed: ['read'] })
})

test('the file keeps its mode and its link, and none is left beside it', async () => {
  const [elsewhere, data] = [dataWith(all), tempFiles({})]
  const [file, link] = [join(elsewhere, 'keys.json'), join(data, 'keys.json')]
  chmodSync(file, 0o640)
  symlinkSync(file, link)
  await run(data, 'add', 'web')
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  expect(existsSync(`${file}.new`)).toBe(false)
  expect(kinds(data)).toHaveLength(1)
})

test('ASSAY_KEYS names the file, as it does for servers', async () => {
  const [elsewhere, data] = [dataWith(all), dataWith(all)]
  vi.stubEnv('ASSAY_KEYS', join(elsewhere, 'keys.json'))
  await run(data, 'add', 'web')
  expect([kinds(elsewhere).length, kinds(data).length]).toEqual([1, 0])
})

test.each<[string, string[], string]>([
  ['a kind that the app has', ['add', 'web', 'read'], 'Expected web to have no read key; it has.'],
  ['all kinds, where it has some', ['add', 'web'], 'Expected web to have no write or read or admin key'],
  ['an unknown kind', ['add', 'game', 'root'], 'Allowed choices are write, read, admin'],
  ['__proto__', ['add', '__proto__'], 'must be a name other than __proto__'],
  ['constructor', ['add', 'constructor'], 'must be a name other than __proto__'],
  ['a reserved name', ['add', '$web'], 'must not start with $'],
  ['an app without keys', ['remove', 'game'], 'Expected game to have a write or a read or an admin key; it has none.'],
  ['what every object has', ['remove', 'toString'], 'Expected toString to have'],
])('%s is refused, and nothing changed', async (_, args, words) => {
  const data = dataWith({ ...all, apps: { web } })
  const before = readFileSync(join(data, 'keys.json'), 'utf8')
  expect((await run(data, ...args))?.message).toContain(words)
  expect(readFileSync(join(data, 'keys.json'), 'utf8')).toBe(before)
  expect(existsSync(join(data, 'keys.json.new'))).toBe(false)
  expect(printed).toBe('')
})

test('one waits while another changes the file', async () => {
  const data = dataWith(all)
  const other = join(data, 'keys.json.new')
  writeFileSync(other, '')
  expect((await run(data, 'add', 'web'))?.message).toContain('Expected nobody else to change the keys')
  expect([kinds(data), existsSync(other)]).toEqual([[], true])
})

test.each([
  ['missing', {}, 'there is none to read'],
  ['damaged', { 'keys.json': '{"write":"wk_secretsecretsecret"' }, 'the file is not JSON'],
])('a file that is %s is told of', async (_, files, words) => {
  const data = tempFiles(files)
  for (const args of [['list'], ['add', 'web'], ['remove', 'web']]) {
    const error = await run(data, ...args)
    expect(error?.message).toContain(words)
    expect(error?.message).not.toContain('secret')
  }
})
