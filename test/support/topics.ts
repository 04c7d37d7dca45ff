import { topics } from '@assay/core/log/log'
import kafkajs from 'kafkajs'

/** Leaves a Kafka without Assay's topics, as a new one has none. */
export async function dropTopics(brokers: string[]): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const there = await admin.listTopics()
    const own = topics.filter((topic) => there.includes(topic))
    if (own.length > 0) await admin.deleteTopics({ topics: own })
    while ((await admin.listTopics()).some((topic) => own.some((t) => t === topic)))
      await new Promise((r) => setTimeout(r, 50))
  } finally {
    await admin.disconnect()
  }
}
