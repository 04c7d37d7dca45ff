import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import type { Entry, Log } from '@assay/core/log/log'
import { startBroker } from '@assay/infra/kafka/broker'
import kafkajs from 'kafkajs'
import { entryOf } from './aggregator.js'
import { load } from './load.js'
import { atLeast, type Figure, median } from './measure.js'
import { aggregatorChild, ingestOnKafkaChild } from './server-child.js'

const ROUNDS = 3
/** Events of a round through an aggregator. */
const THROUGH = 1_000_000
/** Events of a round through a producer, and how many are handed over at once. */
const EVENTS = 100_000
const TOGETHER = 500

async function onBroker<T>(work: (brokers: string[]) => Promise<T>): Promise<T> {
  const broker = await startBroker()
  try {
    return await work([broker.brokers])
  } finally {
    await broker.stop()
  }
}

const entriesOf = (events: number) => Array.from({ length: events }, (_, i) => entryOf(i))

/** Appends to Kafka, against kafkajs's own idempotent producer: the same events, keys, header, gzip and acknowledgements. */
export async function kafkaAppend(): Promise<Figure> {
  const entries = entriesOf(EVENTS)
  return onBroker(async (brokers) => {
    const log = await openKafkaLog({ brokers, partitions: 6, replicas: 1 })
    const rates = { log: [] as number[], kafkajs: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.kafkajs.push(await throughKafkajs(brokers, entries))
      rates.log.push(await appendAll(log, entries))
    }
    await log.close()
    return atLeast('append to Kafka', median(rates.log), 'events/s', 'kafkajs alone', median(rates.kafkajs), 0.7)
  })
}

/** Ingest on Kafka over HTTP, 100 events a request, against kafkajs alone with nothing else to do. */
export async function ingestKafka(): Promise<Figure> {
  const entries = entriesOf(EVENTS)
  return onBroker(async (brokers) => {
    await (await openKafkaLog({ brokers, partitions: 6, replicas: 1 })).close()
    const rates = { ingest: [] as number[], kafkajs: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.kafkajs.push(await throughKafkajs(brokers, entries))
      const server = await ingestOnKafkaChild(brokers)
      await load(server, 100, 2)
      rates.ingest.push(await load(server, 100, 4))
      await server.end()
    }
    return atLeast('ingest on Kafka', median(rates.ingest), 'events/s', 'kafkajs alone', median(rates.kafkajs), 0.7)
  })
}

/** From a log of one partition into all tables of the embedded store: Kafka's log against the embedded one. */
export async function aggregatorKafka(): Promise<Figure> {
  const rates = { kafka: [] as number[], embedded: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.embedded.push(await aggregatorChild(THROUGH))
    rates.kafka.push(await onBroker((brokers) => aggregatorChild(THROUGH, brokers)))
  }
  return atLeast('aggregator from Kafka', median(rates.kafka), 'events/s', 'embedded log', median(rates.embedded), 0.85)
}

async function appendAll(log: Log, entries: readonly Entry[]): Promise<number> {
  const started = performance.now()
  const appends: Promise<void>[] = []
  for (let i = 0; i < entries.length; i += TOGETHER) {
    appends.push(log.append('assay.events', entries.slice(i, i + TOGETHER)))
  }
  await Promise.all(appends)
  return entries.length / ((performance.now() - started) / 1000)
}

/** In requests of a thousand, near where it is fastest: what it does for one grows with the square of its records. */
async function throughKafkajs(brokers: string[], entries: readonly Entry[]): Promise<number> {
  const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer({
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  const started = performance.now()
  for (let i = 0; i < entries.length; i += 1000) {
    const messages = entries.slice(i, i + 1000).map(({ app, user, id, value, received }) => {
      return { key: `${app}\n${user}`, value, headers: { id }, timestamp: String(received) }
    })
    await producer.send({ topic: 'assay.events', acks: -1, compression: kafkajs.CompressionTypes.GZIP, messages })
  }
  const rate = entries.length / ((performance.now() - started) / 1000)
  await producer.disconnect()
  return rate
}
