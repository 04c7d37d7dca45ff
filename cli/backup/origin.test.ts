import { type Log, topics } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import { expect, test } from 'vitest'
import { parts, requireLocal } from './origin.js'

test('events are copied last, every topic once', () => {
  expect(parts.at(-1)).toBe('assay.events')
  expect([...parts].sort()).toEqual([...topics, 'moments'].sort())
})

test('a log or a store elsewhere is not copied', () => {
  const local = { chunks() {} } as unknown as Log
  const [own, shared] = [{ shared: false }, { shared: true }] as Store[]
  expect(requireLocal(local, own!)).toBe(local)
  for (const [log, store] of [[local, shared!] as const, [{} as Log, own!] as const])
    expect(() => requireLocal(log, store)).toThrow(expect.objectContaining({ code: 'backup-elsewhere' }))
})
