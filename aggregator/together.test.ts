import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together } from './together.js'

test('gives all results in order', async () => {
  expect(await together([wait(5, 'a'), 1, Promise.resolve(null)])).toEqual(['a', 1, null])
})

test('fails only when nothing is at work any more', async () => {
  let atWork = true
  const slow = wait(20).then(() => {
    atWork = false
  })
  await expect(together([Promise.reject(new Error('no')), slow])).rejects.toThrow('no')
  expect(atWork).toBe(false)
})
