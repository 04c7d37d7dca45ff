import kafkajs, { type Admin } from 'kafkajs'
import { AssayError } from '../../errors.js'
import { type Topic, topics } from '../log.js'
import { patiently } from './patience.js'

export interface TopicOptions {
  /** Of `assay.events`; the others have one. Never changed later: a user's events stay in one partition. */
  partitions: number
  replicas: number
}

/** Kept for ever, whatever a clock says, never compacted. A batch of large events may exceed the broker's 1 MB. */
const settings: Record<string, string> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(4 * 1024 * 1024),
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.after.max.ms': '9223372036854775807',
}

/** Whose change would lose records or phases; the rest only says how the topic is made. */
const required = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'message.timestamp.type']

/** Makes the topics that are missing. @throws AssayError `topic-mismatch` for one that contradicts what the log promises. */
export async function ensureTopics(admin: Admin, options: TopicOptions): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = topics.filter((topic) => !existing.has(topic))
  // Harmless where another process makes them at the same moment.
  if (missing.length > 0)
    await admin.createTopics({ waitForLeaders: false, topics: missing.map((t) => make(t, options)) })
  // They are there some time after they were made; kafkajs itself waits for leaders only.
  await patiently(() => admin.fetchTopicMetadata({ topics: [...topics] }))
  for (const topic of topics) await verify(admin, topic, partitionsOf(topic, options))
}

const partitionsOf = (topic: Topic, { partitions }: TopicOptions) => (topic === 'assay.events' ? partitions : 1)

const make = (topic: Topic, options: TopicOptions) => ({
  topic,
  numPartitions: partitionsOf(topic, options),
  replicationFactor: options.replicas,
  configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
})

async function verify(admin: Admin, topic: Topic, partitions: number): Promise<void> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [topic] })
  const count = found[0]!.partitions.length
  if (count !== partitions) throw mismatch(topic, `${partitions} partitions`, String(count))
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: required }],
  })
  for (const { configName, configValue } of resources[0]!.configEntries) {
    const expected = settings[configName]
    if (expected !== configValue) throw mismatch(topic, `${configName}=${expected}`, configValue)
  }
}

function mismatch(topic: Topic, expected: string, found: string): AssayError {
  return new AssayError('topic-mismatch', `Topic ${topic}: expected ${expected}; it has ${found}.`)
}
