import { assign, type Branch } from '@assay/core/assign'
import { createBareClient } from '@assay/sdk'
import { expect, test } from 'vitest'
import { runSeed, seeded } from '../support/random.js'

const VECTORS = 10_000

test(`the SDK assigns as core does, ${VECTORS.toLocaleString('en')} times at random`, () => {
  const random = seeded(runSeed('assignment'))
  const below = (n: number) => Math.floor(random() * n)
  const text = (most: number) =>
    String.fromCodePoint(...Array.from({ length: 1 + below(most) }, () => 0x20 + below(below(4) ? 0x5e : 0xd7e0)))
  for (let i = 0; i < VECTORS; i++) {
    const [user, testId] = [text(40), text(20)]
    const branches: Branch[] = Array.from({ length: 1 + below(6) }, (_, b) => ({ name: `b${b}`, weight: below(5) }))
    const options = { url: 'http://127.0.0.1:9', key: 'wk_test', app: 'shop', user }
    const client = createBareClient({ ...options, config: { tests: { [testId]: { branches } } } })
    expect(client.peek(testId), JSON.stringify({ user, testId, branches })).toBe(assign(user, testId, branches))
  }
})
