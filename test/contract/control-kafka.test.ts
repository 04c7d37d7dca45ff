import { ControlFollower } from '@assay/core/control/follower'
import type { ControlRecord } from '@assay/core/control/record'
import { testDefinition } from '@assay/core/definition/test'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kafka, kafkaBrokers } from '../support/kafka.js'
import { dropTopics } from '../support/topics.js'

// Two processes, each with a log of its own on one Kafka.
let kafka: Kafka
let close: () => Promise<void>
let followers: ControlFollower[]
beforeAll(async () => {
  kafka = await kafkaBrokers()
  const brokers = kafka.brokers.split(',')
  await dropTopics(brokers)
  const open = () => openKafkaLog({ brokers, partitions: 1, replicas: 1 })
  const logs = [await open(), await open()]
  followers = await Promise.all(logs.map((log) => ControlFollower.start(log, console.error)))
  close = async () => {
    await Promise.all(followers.map((follower) => follower.close()))
    await Promise.all(logs.map((log) => log.close()))
  }
}, 300_000)
afterAll(async () => {
  await close()
  await kafka.stop()
})

const definition = testDefinition.parse({ branches: [{ name: 'a', weight: 1 }], control: 'a', metrics: [] })
let ids = 0
function record(testId: string, expects: number, what: 'define' | 'start'): ControlRecord {
  const common = { id: `r${ids++}`, at: Date.now(), by: 'admin', app: 'shop', testId, expects }
  return what === 'define' ? { what, definition, ...common } : { what, ...common }
}

test('what one process changes another has within a second', async () => {
  const [one, other] = followers as [ControlFollower, ControlFollower]
  await one.write(record('t', 0, 'define'))
  const heard = new Promise<number>((resolve) => other.definitions.onChange(() => resolve(performance.now())))
  const begun = performance.now()
  await one.write(record('t', 1, 'start'))
  expect((await heard) - begun).toBeLessThan(1000)
  expect(JSON.parse(other.definitions.config('shop'))).toMatchObject({ tests: { t: { version: 2 } } })
})

test('of changes of one version one wins, in both alike', async () => {
  const writes = Array.from({ length: 10 }, (_, i) => followers[i % 2]!.write(record('race', 0, 'define')))
  const outcomes = await Promise.allSettled(writes)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const [one, other] = await Promise.all(followers.map((follower) => follower.current('shop', 'race')))
  expect([one, one!.history]).toEqual([other, [expect.anything()]])
})
