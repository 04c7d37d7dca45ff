import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Installation, Stage } from './installation.js'
import type { Weather } from './network.js'

/** What one fault may use: its random numbers, and how long the long ones last. */
export interface Chance {
  random: () => number
  /** Milliseconds of a pause or a cut. */
  long: number
  /** Told of each record that can be no event, which must end up in quarantine. */
  poisoned: (records: number) => void
}

/** Something that goes wrong and ends; the installation is whole again when it resolves. */
export type Fault = (place: Installation, chance: Chance) => Promise<void>

const pick = <T>(items: readonly T[], { random }: Chance): T => items[Math.floor(random() * items.length)]!
const between = (from: number, to: number, { random }: Chance) => Math.floor(from + random() * (to - from))

/** Kills one process of a stage at some moment, and starts another. */
const killed =
  (stage: Stage): Fault =>
  async (place, chance) => {
    await sleep(between(0, 400, chance))
    await pick(place.of(stage), chance).end('SIGKILL')
    await place.start(stage)
  }

/** Stops a process as if its machine slept, until its partitions moved, and wakes it. */
const zombie: Fault = async (place, chance) => {
  const sleeper = pick(place.of('aggregator'), chance)
  sleeper.child.kill('SIGSTOP')
  await sleep(chance.long)
  sleeper.child.kill('SIGCONT')
}

const rebalances: Fault = async (place, chance) => {
  const guests = await Promise.all([place.start('aggregator'), place.start('aggregator')])
  await sleep(between(0, 500, chance))
  for (const guest of guests) await guest.end(chance.random() < 0.5 ? 'SIGKILL' : 'SIGTERM')
}

const brokerKilled: Fault = async (place) => {
  await place.broker.kill()
  await place.broker.restart()
}

const brokerPaused: Fault = async (place, chance) => {
  place.broker.pause()
  await sleep(chance.long)
  place.broker.resume()
}

const serverKilled: Fault = async (place, chance) => {
  await sleep(between(0, 400, chance))
  await place.server.end('SIGKILL')
  await place.startServer()
}

const serverPaused: Fault = async (place, chance) => {
  place.server.child.kill('SIGSTOP')
  await sleep(chance.long)
  place.server.child.kill('SIGCONT')
}

const under =
  (weather: Weather): Fault =>
  async (place, chance) => {
    place.network.weather = weather
    await sleep(between(300, chance.long, chance))
    place.network.weather = { kind: 'clear' }
  }

/** What a server says whose disk is full, and one that broke. */
const answer = (status: string, code: number, name: string): Weather => {
  const body = `Code: ${code}. DB::Exception: ${name}. (${name})\n`
  const head = `X-ClickHouse-Exception-Code: ${code}\r\nContent-Length: ${body.length}\r\nConnection: close`
  return { kind: 'answer', response: `HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}` }
}

/** All stages' clocks go wrong by up to a day, then right. */
const clocks: Fault = async (place, chance) => {
  for (const off of [between(-86_400_000, 86_400_000, chance), 0]) {
    writeFileSync(place.clockFile, String(off))
    for (const { child } of place.running) child.kill('SIGUSR2')
    await sleep(300)
  }
}

/** Records nobody's ingest would write: no JSON, no event, without key or id, larger than any event. */
const poison: Fault = async (place, chance) => {
  const values = ['what?', '{"id":"x"}', '', '{"a":1}\n{"b":2}', `{"id":"${'x'.repeat(1_000_000)}"}`]
  const producer = new kafkajs.Kafka({
    brokers: [place.broker.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer()
  await producer.connect()
  for (const value of values) await producer.send({ topic: 'assay.events', messages: [{ value }] })
  await producer.disconnect()
  chance.poisoned(values.length)
}

/** The commonest first; a run picks among them all alike. */
export const faults: Record<string, Fault> = {
  'ingest killed': killed('ingest'),
  'aggregator killed': killed('aggregator'),
  'query-api killed': killed('query-api'),
  zombie,
  rebalances,
  'broker killed': brokerKilled,
  'broker paused': brokerPaused,
  'store killed': serverKilled,
  'store paused': serverPaused,
  'store cut off': under({ kind: 'cut' }),
  'store hangs': under({ kind: 'hang' }),
  'store slow': under({ kind: 'slow', milliseconds: 200 }),
  'store full': under(answer('500 Internal Server Error', 243, 'NOT_ENOUGH_SPACE')),
  'store broken': under(answer('503 Service Unavailable', 210, 'NETWORK_ERROR')),
  'clocks wrong': clocks,
  poison,
}
