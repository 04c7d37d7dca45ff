import type { Kafka } from 'kafkajs'
import insideRequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import insideDecoder from 'kafkajs/src/protocol/decoder.js'
import insideEncoder from 'kafkajs/src/protocol/encoder.js'
import insideCrc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import fetchDefinitions from 'kafkajs/src/protocol/requests/fetch/index.js'
import produceDefinitions from 'kafkajs/src/protocol/requests/produce/index.js'

/**
 * kafkajs reads only as a member of a group, from where the group stands; replays, id windows and repairs read from any
 * offset. It also spends 30 µs on writing a record and 7 on reading one. So this reaches for what its consumer and its
 * producer are made of, connections, metadata, TLS and SASL, in version 2.2.4, whose inside nobody changes any more.
 */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[]
  findBroker(id: { nodeId: number }): Promise<Broker>
  removeBroker(address: { host: string; port: number }): void
}

export interface Broker {
  lookupRequest(apiKey: number, definitions: unknown): (fields: object) => Exchange
  connectionPool: { host: string; port: number; send(exchange: Exchange): Promise<unknown> }
  initProducerId(options: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>
}

/** A request, and what to make of its response: of the bytes, then of what they said. */
interface Exchange {
  request: { apiVersion: number; encode?: () => Promise<unknown> }
  response: { decode: (bytes: Buffer) => Promise<unknown>; parse: (decoded: never) => Promise<unknown> }
}

/** @returns a cluster of its own connections, with the client's addresses, TLS, SASL and timeouts */
export function newCluster(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find((s) => s.description === 'private:Kafka:createCluster')!
  const open = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!
  return open({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_AGE })
}

/** The node that leads a partition, as far as is known; −1 where none does. */
export function leaderOf(cluster: Cluster, { topic, partition }: { topic: string; partition: number }): number {
  return cluster.findTopicPartitionMetadata(topic).find((p) => p.partitionId === partition)?.leader ?? -1
}

/** Milliseconds until leaders are asked for again, when nothing failed. */
const METADATA_AGE = 300_000

/** Requests' versions, for `lookupRequest`, which picks the newest that the broker knows too. */
export const produceRequest = { apiKey: 0, definitions: produceDefinitions }
export const fetchRequest = { apiKey: 1, definitions: fetchDefinitions }

export const crc32C = insideCrc32C as (bytes: Buffer) => number

/** Big-endian bytes of a request. */
export interface Encoder {
  writeInt16(value: number): Encoder
  writeInt32(value: number): Encoder
  writeString(value: string | null): Encoder
  writeBytes(value: Buffer): Encoder
}
export const Encoder = insideEncoder as new () => Encoder

/** The same of a response. */
export interface Decoder {
  forward(bytes: number): void
  readInt16(): number
  readInt32(): number
  readInt64(): { toString(): string }
  readString(): string
  readBytes(): Buffer | null
  readArray<T>(element: (decoder: Decoder) => T): T[]
}
export const Decoder = insideDecoder as new (bytes: Buffer) => Decoder

/**
 * Each answered request sets a timer of a negative delay, which sets the next one, a thousand times a second for ever
 * (tulios/kafkajs issue 1751). It is needed only while requests wait.
 */
const { prototype: queue } = insideRequestQueue as {
  prototype: { pending: unknown[]; scheduleCheckPendingRequests: () => void }
}
const schedule = queue.scheduleCheckPendingRequests
queue.scheduleCheckPendingRequests = function (this: typeof queue) {
  if (this.pending.length > 0) schedule.call(this)
}
