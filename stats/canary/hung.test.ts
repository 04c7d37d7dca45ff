import { expect, test } from 'vitest'
import { unanswered } from './hung.js'

test.each([
  [
    { sent: 250, completed: 248 },
    { total: 250, bad: 2 },
  ],
  [
    { sent: 250, completed: 0 },
    { total: 250, bad: 250 },
  ],
  [
    { sent: 250, completed: 253 },
    { total: 250, bad: 0 },
  ],
  [
    { sent: 0, completed: 3 },
    { total: 0, bad: 0 },
  ],
])('%j', (seen, counts) => {
  expect(unanswered(seen)).toEqual(counts)
})
