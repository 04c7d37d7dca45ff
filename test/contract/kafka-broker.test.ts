import { type Broker, startBroker } from '@assay/infra/kafka/broker'
import { lines } from '@assay/infra/kafka/versions'
import { type Admin, CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const { DefaultPartitioner } = Partitioners
const TOPIC = 'assay.events'
const record = (id: number) => ({
  partition: id % 2,
  key: `user-${id}`,
  value: `{"n":${id}}`,
  headers: { id: `id-${id}`, bytes: Buffer.from([0, 255]) },
})

describe.each(lines)('Kafka %s with kafkajs', (version) => {
  let broker: Broker
  let kafka: Kafka
  let admin: Admin

  beforeAll(async () => {
    broker = await startBroker({ version })
    kafka = new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING, retry: { retries: 100 } })
    admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] })
  }, 300_000)

  afterAll(async () => {
    await admin.disconnect()
    await broker.stop()
  })

  /** Sends as ingest does: idempotent, compressed, acknowledged by all. */
  async function produce(ids: number[]) {
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: DefaultPartitioner })
    await producer.connect()
    await producer.send({ topic: TOPIC, acks: -1, compression: CompressionTypes.GZIP, messages: ids.map(record) })
    await producer.disconnect()
  }

  /** Reads a group's records until there are this many, and commits one offset with metadata. */
  async function consume(groupId: string, count: number, metadata: string) {
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
    const records: ReturnType<typeof record>[] = []
    await consumer.connect()
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
    await new Promise<void>((resolve) =>
      consumer.run({
        autoCommit: false,
        async eachBatch({ batch: { partition, messages } }) {
          for (const { key, value, headers } of messages)
            records.push({ partition, key: String(key), value: String(value), headers: headers as never })
          if (records.length >= count) resolve()
        },
      }),
    )
    await consumer.commitOffsets([{ topic: TOPIC, partition: 1, offset: '7', metadata }])
    await consumer.disconnect()
    return records.sort((a, b) => Number(a.key.slice(5)) - Number(b.key.slice(5)))
  }

  const stored = (ids: number[]) =>
    ids.map((id) => ({ ...record(id), headers: { ...record(id).headers, id: Buffer.from(`id-${id}`) } }))
  const first = Array.from({ length: 100 }, (_, id) => id)

  test('records come back with key, value, headers and partition; an offset with its metadata', async () => {
    await produce(first)
    expect(await consume('readers', 100, 'claim:41')).toEqual(stored(first))
    const [offsets] = await admin.fetchOffsets({ groupId: 'readers', topics: [TOPIC] })
    expect(offsets!.partitions).toContainEqual({ partition: 1, offset: '7', metadata: 'claim:41' })
  })

  test('what was acknowledged survives a SIGKILL', async () => {
    await broker.kill()
    await broker.restart()
    await produce([100])
    expect(await consume('later', 101, '')).toEqual(stored([...first, 100]))
    const [offsets] = await admin.fetchOffsets({ groupId: 'readers', topics: [TOPIC] })
    expect(offsets!.partitions).toContainEqual({ partition: 1, offset: '7', metadata: 'claim:41' })
  })

  test('a broker that is held answers when it goes on', async () => {
    broker.pause()
    const answer = admin.listTopics()
    expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'silent'))])).toBe('silent')
    broker.resume()
    expect(await answer).toContain(TOPIC)
  })
})
