import { expect, test } from 'vitest'
import { bundledSize } from './support/bundle.js'

test('all of stats is at most 8 KB of our own, 60 KB with its distributions', async () => {
  const [own, whole] = [await bundledSize('stats', [/^@stdlib/]), await bundledSize('stats')]
  console.log(`stats: ${own} bytes of its own, ${whole} with its distributions`)
  expect(own).toBeLessThanOrEqual(8 * 1024)
  expect(whole).toBeLessThanOrEqual(60 * 1024)
})
