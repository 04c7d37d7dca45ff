import { type Entry, type Log, type LogRecord, payload } from '@assay/core/log/log'
import kafkajs from 'kafkajs'
import { entry } from '../support/entry.js'
import { between, type Fault } from './fault.js'

const DAY = 86_400_000

/** Records nobody's ingest would write: no JSON, no event, without key or id, larger than any event. */
const poison: Fault = async ({ broker }, chance) => {
  const values = ['what?', '{"id":"x"}', '', '{"a":1}\n{"b":2}', `{"id":"${'x'.repeat(1_000_000)}"}`]
  const producer = new kafkajs.Kafka({ brokers: [broker.brokers], logLevel: kafkajs.logLevel.NOTHING }).producer()
  await producer.connect()
  for (const value of values) await producer.send({ topic: 'assay.events', messages: [{ value }] })
  await producer.disconnect()
  chance.poisoned(values.length)
}

/** Whole bodies once more, all at once, in another order, by whichever ingest. */
const bodiesAgain: Fault = async (place, { clients }) => {
  const urls = place.of('ingest').map(({ url }) => url)
  await Promise.all(clients.map((client) => client.redeliver(urls, place.keys.write)))
}

/** Stretches of the log once more, further on: backwards, and backwards again as if they had come a month before. */
const recordsAgain: Fault = async ({ log }, chance) => {
  for (let partition = 0; partition < log.partitions('assay.events'); partition++) {
    const entries = (await stretch(log, partition, chance.random)).flatMap(again).toReversed()
    const earlier = entries.map((e) => ({ ...e, received: e.received - 31 * DAY }))
    await log.append('assay.events', [...entries, ...earlier])
  }
}

/** Well within the number of records over which ids are remembered. */
async function stretch(log: Log, partition: number, random: () => number): Promise<LogRecord[]> {
  const { end } = await log.bounds('assay.events', partition)
  const from = end - Math.floor(random() * Math.min(end, 20_000))
  return log.read('assay.events', partition, from, { records: 200, bytes: 1_000_000 })
}

/** The entry a record came from; none of one that was no event. */
function again(record: LogRecord): Entry[] {
  const value = payload(record).toString()
  const user = /"user":"(\w+)"/.exec(value)?.[1]
  return user === undefined ? [] : [{ app: record.app, user, id: record.id, received: record.received, value }]
}

/** What clients are about to send is in the log before, in other words: days apart, backwards, across months. */
const recordsEarly: Fault = async ({ log }, chance) => {
  for (const client of chance.clients) {
    const now = Date.now()
    const entries = client.foresee().map(({ testId, branch, ...wire }, i) => {
      const received = now - i * DAY
      return entry({ ...wire, time: received - between(0, DAY, chance), received, tests: { [testId]: branch } })
    })
    await log.append('assay.events', entries)
  }
}

export const recordFaults: Record<string, Fault> = {
  poison,
  'bodies again': bodiesAgain,
  'records again': recordsAgain,
  'records early': recordsEarly,
}
