import { Rig } from '@assay/controller/testkit/rig'
import { second } from '@assay/controller/testkit/traffic'
import { ControlFollower } from '@assay/core/control/follower'
import type { ControlRecord } from '@assay/core/control/record'
import { testDefinition } from '@assay/core/definition/test'
import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import type { Log } from '@assay/core/log/log'
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { type Kafka, kafkaBrokers } from '../support/kafka.js'
import { dropTopics } from '../support/topics.js'

/** Milliseconds, the least that Kafka allows. */
const SESSION = 6000

// Two processes, each with a log of its own on one Kafka.
let kafka: Kafka
let close: () => Promise<void>
let logs: Log[]
let followers: ControlFollower[]
beforeAll(async () => {
  kafka = await kafkaBrokers()
  const brokers = kafka.brokers.split(',')
  await dropTopics(brokers)
  const open = () => openKafkaLog({ brokers, partitions: 1, replicas: 1, session: SESSION })
  logs = [await open(), await open()]
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

async function fails(rig: Rig, seconds: number): Promise<void> {
  for (let t = 0; t < seconds; t++) {
    await rig.send(second(rig.now, { canary: { requests: 20, errors: 10 }, control: { requests: 80, errors: 1 } }))
    rig.now += 1000
  }
  rig.now += 1000
}

test('of two controllers one leads, and when it leaves the other goes on', { timeout: 60_000 }, async () => {
  const rig = await Rig.open({ steps: [{ weight: 0.2, bake: 3600 }], notify: ['https://hooks.example'] }, logs[0]!)
  onTestFinished(() => rig.close())
  onTestFailed(() => console.error(rig.errors))
  const heard: string[] = []
  const send = async (_: string, { body }: { body: string }) => {
    heard.push(JSON.parse(body).type)
    return { verdict: 'taken' as const, why: '200' }
  }
  const controllers = [await rig.start({ send }), await rig.start({ send, log: logs[1]!, control: followers[1]! })]
  const leading = () => controllers.filter(({ epoch }) => epoch !== null)
  const within = { timeout: 4 * SESSION, interval: 50 }
  await expect.poll(leading, within).toHaveLength(1)
  const [one] = leading()
  await rig.act('begin')
  await fails(rig, 5)
  await expect.poll(() => rig.steps, within).toEqual(['begin admin', `suspend controller ${one!.epoch}`])

  await one!.close()
  await expect.poll(leading, within).toHaveLength(1)
  const [other] = leading()
  await rig.act('resume')
  await fails(rig, 5)
  await expect.poll(() => rig.steps.slice(2), within).toEqual(['resume admin', `suspend controller ${other!.epoch}`])
  // Who takes over tells what was not told, and nothing twice that was committed.
  await expect.poll(() => heard.filter((type) => type === 'rollout.suspended'), within).toHaveLength(2)
})
