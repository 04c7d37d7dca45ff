import { createRequire } from 'node:module'
import type { Kafka } from 'kafkajs'

/**
 * kafkajs reads only as a member of a group, from where the group stands; replays, id windows and repairs read from any
 * offset. So this reaches for what its consumer is made of, in version 2.2.4, whose inside nobody changes any more.
 */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  isConnected(): boolean
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findBroker(id: { nodeId: number }): Promise<Broker>
  removeBroker(address: { host: string; port: number }): void
}

export interface Broker {
  lookupRequest(apiKey: number, definitions: unknown): (fields: object) => Request
  connectionPool: { host: string; port: number; send(request: Request): Promise<unknown> }
}

interface Request {
  request: { apiVersion: number }
  response: unknown
}

/** @returns a cluster of its own connections, with the client's addresses, TLS, SASL and timeouts */
export function newCluster(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find((s) => s.description === 'private:Kafka:createCluster')!
  const open = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!
  return open({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_AGE })
}

/** Milliseconds until leaders are asked for again, when nothing failed. */
const METADATA_AGE = 300_000

const inside = (path: string) => createRequire(import.meta.url)(`kafkajs/src/${path}`)

/** The Fetch request's versions, for `lookupRequest`. */
export const fetchRequest = { apiKey: 1, definitions: inside('protocol/requests/fetch') as unknown }

/**
 * Each answered request sets a timer of a negative delay, which sets the next one, a thousand times a second for ever
 * (tulios/kafkajs issue 1751). It is needed only while requests wait.
 */
const { prototype: queue } = inside('network/requestQueue') as {
  prototype: { pending: unknown[]; scheduleCheckPendingRequests: () => void }
}
const schedule = queue.scheduleCheckPendingRequests
queue.scheduleCheckPendingRequests = function (this: typeof queue) {
  if (this.pending.length > 0) schedule.call(this)
}
