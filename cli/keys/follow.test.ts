import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyRing } from '@assay/core/key-ring'
import { createKeys } from '@assay/core/keys'
import { expect, onTestFinished, test, vi } from 'vitest'
import { tempFiles } from '../testkit/temp.js'
import { followKeys } from './follow.js'

const all = createKeys()
const web = createKeys()
const found = (ring: KeyRing) => ring.find(web.read)

test('a ring follows its file; damage and loss change nothing, and are told of once', async () => {
  const data = tempFiles({ 'keys.json': JSON.stringify(all) })
  const file = join(data, 'keys.json')
  const put = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  const ring = new KeyRing(all)
  const onError = vi.fn()
  onTestFinished(followKeys(file, ring, onError, 1))
  const until = (holds: () => void) => vi.waitFor(holds, { timeout: 10_000, interval: 5 })
  const told = (times: number) => until(() => expect(onError).toHaveBeenCalledTimes(times))

  put(JSON.stringify({ ...all, apps: { web } }))
  await until(() => expect(found(ring)).toEqual({ kind: 'read', app: 'web' }))
  expect(ring.current.apps).toEqual({ web })
  put('{"write":')
  await told(1)
  expect(found(ring)).not.toBeNull()
  rmSync(file)
  await told(2)
  expect(found(ring)).not.toBeNull()
  put(JSON.stringify(all))
  await until(() => expect(found(ring)).toBeNull())
  expect(onError).toHaveBeenCalledTimes(2)
})
