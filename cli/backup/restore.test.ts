import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { fakeSource } from '../testkit/fake-source.js'
import { tempFiles } from '../testkit/temp.js'
import { backUp } from './backup.js'
import { MANIFEST, readManifest, sealed } from './manifest.js'
import { restore } from './restore.js'

const options = { quiet: true, signal: new AbortController().signal }
let place: string
let backup: string
beforeEach(async () => {
  place = tempFiles({})
  backup = join(place, 'backup')
  await backUp(fakeSource(), { folder: backup, version: '0.1.0', ...options })
})

const restored = (data = join(place, 'data')) => restore({ backup, data, ...options })
const flip = (path: string, at: number) => {
  const bytes = readFileSync(path)
  bytes[at]! ^= 1
  writeFileSync(path, bytes)
}

const everyFile = [
  'assay.control.gz',
  'assay.events.gz',
  'assay.quarantine.gz',
  'keys.json',
  'manifest.json',
  'moments.gz',
]

describe('a backup', () => {
  test('has these files, readable by their owner alone', () => {
    expect(readdirSync(backup).sort()).toEqual(everyFile)
    expect(statSync(backup).mode & 0o777).toBe(0o700)
    for (const name of everyFile) expect(statSync(join(backup, name)).mode & 0o777).toBe(0o600)
  })

  test('says how many records of each topic it has', () => {
    expect(readManifest(backup).log).toEqual({
      'assay.events': { start: 0, end: 3 },
      'assay.control': { start: 0, end: 1 },
      'assay.quarantine': { start: 0, end: 1 },
    })
  })

  test.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a link to nothing', (path: string) => symlinkSync('/nowhere', path)],
  ])('is not written over %s', async (_, make) => {
    const folder = join(place, 'other')
    make(folder)
    const writing = backUp(fakeSource(), { folder, version: '0.1.0', ...options })
    await expect(writing).rejects.toMatchObject({ code: 'folder-taken' })
  })

  test.each([`it's "a" $(x) ?b=1&c#%41;`, 'new\nline', 'back\\slash', '-dash', 'é🦊', '…/deeper/than that/'])(
    'goes into a folder named %j',
    async (name) => {
      const { folder } = await backUp(fakeSource(), { folder: join(place, name), version: '0.1.0', ...options })
      expect(readManifest(folder).files).toEqual(readManifest(join(place, name)).files)
    },
  )

  test.each([
    ['below a file', 'backup/keys.json/monday'],
    ['with a name too long', 'x'.repeat(300)],
  ])('%s cannot be written', async (_, name) => {
    const writing = backUp(fakeSource(), { folder: join(place, name), version: '0.1.0', ...options })
    await expect(writing).rejects.toMatchObject({ code: 'folder-unwritable' })
  })
})

describe('nothing is restored', () => {
  const untouched = () => expect(readdirSync(place)).toEqual(['backup'])

  test.each(everyFile)('when a byte of %s differs', async (name) => {
    const { size } = statSync(join(backup, name))
    for (const at of [0, size >> 1, size - 1]) {
      flip(join(backup, name), at)
      await expect(restored()).rejects.toMatchObject({ code: 'backup-damaged' })
      flip(join(backup, name), at)
    }
    untouched()
  })

  test('when a byte anywhere in the manifest differs', () => {
    const path = join(backup, MANIFEST)
    for (let at = 0; at < statSync(path).size; at += 5) {
      flip(path, at)
      expect(() => readManifest(backup)).toThrow(expect.objectContaining({ code: 'backup-damaged' }))
      flip(path, at)
    }
  })

  test.each(everyFile)('when %s is missing, empty or longer', async (name) => {
    const path = join(backup, name)
    const bytes = readFileSync(path)
    for (const spoil of [
      () => rmSync(path),
      () => writeFileSync(path, ''),
      () => writeFileSync(path, Buffer.concat([bytes, Buffer.from(name === MANIFEST ? '{}' : '\n')])),
    ]) {
      spoil()
      await expect(restored()).rejects.toMatchObject({ code: 'backup-damaged' })
    }
    untouched()
  })

  test('when the manifest tells of fewer records than there are', async () => {
    const manifest = readManifest(backup)
    manifest.log['assay.events'].end = 2
    writeFileSync(join(backup, MANIFEST), sealed(manifest))
    await expect(restored()).rejects.toMatchObject({ code: 'backup-damaged' })
    expect(readdirSync(join(place, 'data'))).toEqual(['restoring'])
  })

  test('when the backup is of a newer Assay, which the message names', async () => {
    const newer = { ...readManifest(backup), format: 2, assay: '7.0.0', extra: true }
    writeFileSync(join(backup, MANIFEST), sealed(newer as never))
    await expect(restored()).rejects.toMatchObject({ code: 'backup-newer', message: expect.stringContaining('7.0.0') })
    untouched()
  })

  test.each([
    ['nothing there', 'nothing'],
    ['a file', 'backup/keys.json'],
    ['a folder of something else', '.'],
  ])('from %s', async (_, name) => {
    const from = join(place, name)
    const restoring = restore({ backup: from, data: join(place, 'data'), ...options })
    await expect(restoring).rejects.toMatchObject({ code: 'backup-damaged' })
    untouched()
  })

  test.each([
    ['a folder that holds something', (path: string) => mkdirSync(join(path, 'log'), { recursive: true })],
    ['what a killed restore left', (path: string) => mkdirSync(join(path, 'restoring'), { recursive: true })],
    ['a file', (path: string) => writeFileSync(path, '')],
  ])('into %s', async (_, make) => {
    const data = join(place, 'data')
    make(data)
    await expect(restored(data)).rejects.toMatchObject({ code: 'folder-taken' })
  })

  test('below a file', async () => {
    await expect(restored(join(backup, MANIFEST, 'data'))).rejects.toMatchObject({ code: 'folder-unwritable' })
  })
})
