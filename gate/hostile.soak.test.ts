import { expect, test } from 'vitest'
import { attack } from './testkit/attack.js'

test.each(['socket', 'http', 'proxy'] as const)(
  '100,000 hostile inputs at the %s: none fails it, none gets to the canary',
  async (kind) => {
    const seed = Date.now() % 2 ** 31
    expect(await attack(kind, 100_000, seed), `seed ${seed}`).toEqual([])
  },
  1_800_000,
)
