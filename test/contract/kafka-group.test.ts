import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import type { Log, Membership } from '@assay/core/log/log'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { entry } from '../support/entry.js'
import { type Kafka, kafkaBrokers } from '../support/kafka.js'
import { dropTopics } from '../support/topics.js'

/** What only a log of many partitions and processes promises. */
let kafka: Kafka
const opened: Log[] = []
beforeAll(async () => {
  kafka = await kafkaBrokers()
}, 300_000)
afterAll(() => kafka.stop())
beforeEach(() => dropTopics(kafka.brokers.split(',')))
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close()
})

async function open(): Promise<Log> {
  const log = await openKafkaLog({ brokers: kafka.brokers.split(','), partitions: 6, replicas: 1 })
  opened.push(log)
  return log
}

interface Member extends Membership {
  readonly partitions: readonly number[]
}

async function join(log: Log, group = 'g'): Promise<Member> {
  let partitions: readonly number[] = []
  const membership = await log.join(group, 'assay.events', (assigned) => {
    partitions = assigned
  })
  return {
    get partitions() {
      return partitions
    },
    committed: (partition) => membership.committed(partition),
    commit: (partition, commit) => membership.commit(partition, commit),
    leave: () => membership.leave(),
  }
}

const all = [0, 1, 2, 3, 4, 5]
const sorted = (...members: Member[]) => members.flatMap((m) => m.partitions).sort()
const settled = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 100 })

test('members share the partitions, each is one’s; who leaves gives them to the others, who keep theirs', async () => {
  const [a, b, c] = [await join(await open()), await join(await open()), await join(await open())]
  await settled(() => {
    expect(sorted(a, b, c)).toEqual(all)
    expect(Math.max(...[a, b, c].map((m) => m.partitions.length))).toBe(2)
  })
  const kept = [a, c].map((m) => [...m.partitions])
  await b.leave()
  await settled(() => expect(sorted(a, c)).toEqual(all))
  expect([a, c].map((m, i) => kept[i]!.every((p) => m.partitions.includes(p)))).toEqual([true, true])
  await c.leave()
  await settled(() => expect(a.partitions).toHaveLength(6))
  await a.leave()
})

test('a claim is read by whoever has the partition next', async () => {
  const [first, second] = [await open(), await open()]
  const a = await join(first)
  await settled(() => expect(a.partitions).toHaveLength(6))
  await a.commit(4, { offset: 7, metadata: '{"last":12}' })
  await a.leave()
  const b = await join(second)
  await settled(() => expect(b.partitions).toHaveLength(6))
  expect(await b.committed(4)).toEqual({ offset: 7, metadata: '{"last":12}' })
  expect(await b.committed(3)).toBeNull()
  await b.leave()
})

test('a user’s events are in one partition, in order, whoever wrote them', async () => {
  const writers = [await open(), await open()]
  for (let i = 0; i < 40; i++) {
    const user = `user ${i % 20}`
    await writers[i % 2]!.append('assay.events', [entry({ id: `e${i}`, user }), entry({ id: `f${i}`, user })])
  }
  const found = await Promise.all(all.map((p) => writers[0]!.read('assay.events', p, 0, { records: 1e6, bytes: 1e7 })))
  expect(found.flat()).toHaveLength(80)
  expect(found.filter((records) => records.length > 0).length).toBeGreaterThan(3)
  for (let user = 0; user < 20; user++) {
    const ids = [`e${user}`, `f${user}`, `e${user + 20}`, `f${user + 20}`]
    const places = found.map((records) => records.map((r) => r.id).filter((id) => ids.includes(id)))
    expect(places.filter((p) => p.length > 0)).toEqual([ids])
  }
})

test('waiting for one partition does not hold up another', async () => {
  const log = await open()
  const never = new AbortController()
  const woken: number[] = []
  const waits = all.map((p) => log.wait('assay.events', p, 0, never.signal).then(() => woken.push(p)))
  await log.append('assay.events', [entry({ id: 'a', user: 'ann' })])
  await settled(() => expect(woken).toHaveLength(1))
  never.abort()
  await Promise.all(waits)
})

test.each([
  ['compacted', { configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }, 'cleanup.policy=delete'],
  ['of fewer partitions', { numPartitions: 3 }, '6 partitions'],
  ['that forgets', { configEntries: [{ name: 'retention.ms', value: '86400000' }] }, 'retention.ms=-1'],
])('a topic %s is refused by name', async (_, settings, expected) => {
  const { default: kafkajs } = await import('kafkajs')
  const client = new kafkajs.Kafka({ brokers: kafka.brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: false,
    topics: [{ topic: 'assay.events', numPartitions: 6, ...settings }],
  })
  await admin.disconnect()
  await expect(open()).rejects.toMatchObject({ code: 'topic-mismatch', message: expect.stringContaining(expected) })
})
