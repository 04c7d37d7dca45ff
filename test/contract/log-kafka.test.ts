import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import { afterAll, beforeAll } from 'vitest'
import { type Kafka, kafkaBrokers } from '../support/kafka.js'
import { dropTopics } from '../support/topics.js'
import { logContract } from './log.contract.js'

let kafka: Kafka
beforeAll(async () => {
  kafka = await kafkaBrokers()
}, 300_000)
afterAll(() => kafka.stop())

logContract('Kafka', async () => {
  const brokers = kafka.brokers.split(',')
  await dropTopics(brokers)
  return {
    open: () => openKafkaLog({ brokers, partitions: 1, replicas: 1 }),
    destroy: async () => {},
  }
})
