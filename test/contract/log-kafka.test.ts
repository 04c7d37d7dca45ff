import { openKafkaLog } from '@assay/core/log/kafka/kafka'
import { topics } from '@assay/core/log/log'
import { Kafka, logLevel } from 'kafkajs'
import { logContract } from './log.contract.js'

const brokers = process.env.KAFKA_BROKERS!.split(',')
logContract('Kafka', async () => {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const names = await admin.listTopics()
  const own = topics.filter((t) => names.includes(t))
  if (own.length > 0) await admin.deleteTopics({ topics: own })
  return {
    open: () => openKafkaLog({ brokers, partitions: 1, replicas: 1, onWarning: (m) => console.log(m) }),
    destroy: () => admin.disconnect(),
  }
})
