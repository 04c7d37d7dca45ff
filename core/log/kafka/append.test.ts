import { expect, test } from 'vitest'
import { Appender } from './append.js'
import type { Producer } from './producer.js'

const MEGABYTE = 1024 * 1024
const entry = { app: 'shop', user: 'ann', id: 'e1', received: 0, value: 'x'.repeat(MEGABYTE) }

test('what waits for slow brokers is bounded; more is refused at once, and taken again when they answer', async () => {
  let answer = () => {}
  const send = () => new Promise<void>((resolve) => (answer = resolve))
  const appender = new Appender(
    async () => ({ send, close: async () => {} }) as unknown as Producer,
    () => 6,
  )
  await appender.connect()
  const waiting = Array.from({ length: 65 }, () => appender.append('assay.events', [entry]))
  await expect(appender.append('assay.events', [entry])).rejects.toMatchObject({ code: 'log-unavailable' })

  const answering = setInterval(() => answer(), 1)
  await Promise.all(waiting)
  await appender.append('assay.events', [entry])
  clearInterval(answering)
})
