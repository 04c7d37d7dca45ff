import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, ConsumerConfig, Kafka } from 'kafkajs'
import { expect, test, vi } from 'vitest'
import { GroupMember } from './group.js'

const SESSION = 100

/** Consumers that join after a while, until when they do not hear that they should stop, and crash when told. */
function kafkaOfStubs() {
  const consumers: { config: ConsumerConfig; emit: (event: string, payload?: object) => void; member: boolean }[] = []
  function consumer(config: ConsumerConfig): Consumer {
    const listeners = new Map<string, (event: object) => void>()
    const emit = (event: string, payload: object = {}) => listeners.get(`consumer.${event}`)!({ payload })
    const stub = { config, emit, member: false }
    consumers.push(stub)
    return {
      on: (event: string, listener: (event: object) => void) => listeners.set(event, listener),
      connect: async () => {},
      subscribe: async () => {},
      pause: () => {},
      run: async () => {
        await sleep(SESSION / 2)
        stub.member = true
        emit('group_join', { memberAssignment: { 'assay.events': [0, 1] } })
      },
      disconnect: async () => {
        stub.member = false
      },
    } as unknown as Consumer
  }
  return { kafka: { consumer } as unknown as Kafka, consumers }
}

async function joined() {
  const { kafka, consumers } = kafkaOfStubs()
  const assigned: (readonly number[])[] = []
  const rest = { admin: {} as Admin, group: 'g', topic: 'assay.events', session: SESSION } as const
  const member = new GroupMember({ kafka, ...rest, assigned: (partitions) => assigned.push(partitions) })
  await member.join()
  return { member, consumers, assigned }
}

test('one that crashes while it is silent is replaced by one alone', async () => {
  const { member, consumers, assigned } = await joined()
  // The silence ends it; then kafkajs gives up too.
  await vi.waitFor(() => expect(assigned.at(-1)).toEqual([]))
  consumers[0]!.emit('crash', { restart: false })
  await vi.waitFor(() => expect(consumers).toHaveLength(2), 3000)
  for (let beat = 0; beat < 10; beat++) {
    consumers[1]!.emit('heartbeat')
    await sleep(SESSION / 2)
  }
  expect(consumers.map((c) => c.member)).toEqual([false, true])
  await member.leave()
})

test('none starts again by itself', async () => {
  const { member, consumers } = await joined()
  expect(await consumers[0]!.config.retry!.restartOnFailure!(new Error('x'))).toBe(false)
  await member.leave()
})

test('who leaves while another is joining leaves none behind', async () => {
  const { member, consumers } = await joined()
  consumers[0]!.emit('crash', { restart: false })
  await vi.waitFor(() => expect(consumers).toHaveLength(2), 2000)
  await member.leave()
  await sleep(SESSION)
  expect(consumers.map((c) => c.member)).toEqual([false, false])
})
