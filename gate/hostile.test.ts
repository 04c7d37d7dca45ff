import { expect, test } from 'vitest'
import { attack } from './testkit/attack.js'

test.each(['socket', 'http', 'proxy'] as const)(
  '5,000 hostile inputs at the %s: none fails it, none gets to the canary',
  async (kind) => {
    expect(await attack(kind, 5000, 7)).toEqual([])
  },
)
