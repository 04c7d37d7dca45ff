import { readFileSync } from 'node:fs'
import type { Config } from '@assay/core/config/config'
import type { KafkaOptions } from '@assay/core/log/kafka/kafka'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import { embeddedLog, embeddedStore } from './embedded.js'

/** Each driver is loaded when it is chosen: a machine with Kafka and ClickHouse need not have the embedded engines. */

/** The log on Kafka where `KAFKA_BROKERS` names it, else in `path`. */
export async function openLog(config: Config, path: string, onWarning: (message: string) => void): Promise<Log> {
  if (config.KAFKA_BROKERS === '') return embeddedLog(path)
  const { openKafkaLog } = await import('@assay/core/log/kafka/kafka')
  const { KAFKA_SASL: mechanism, KAFKA_USER: username, KAFKA_PASSWORD: password } = config
  return openKafkaLog({
    brokers: config.KAFKA_BROKERS.split(',').map((address) => address.trim()),
    partitions: config.KAFKA_PARTITIONS,
    replicas: config.KAFKA_REPLICAS,
    session: config.KAFKA_SESSION,
    ...(config.KAFKA_TLS && { ssl: config.KAFKA_CA === '' ? true : { ca: [readFileSync(config.KAFKA_CA, 'utf8')] } }),
    ...(mechanism !== '' && { sasl: { mechanism, username, password } as NonNullable<KafkaOptions['sasl']> }),
    onWarning,
  })
}

/** The store on a ClickHouse server where `CLICKHOUSE_URL` names it, else in `path`. */
export async function openStore(config: Config, path: string): Promise<Store> {
  if (config.CLICKHOUSE_URL === '') return embeddedStore(path)
  const { openClickHouseStore } = await import('@assay/core/store/clickhouse')
  return openClickHouseStore({
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database: config.CLICKHOUSE_DATABASE,
    ...(config.CLICKHOUSE_CA !== '' && { ca: readFileSync(config.CLICKHOUSE_CA) }),
    ...(config.ASSAY_CLUSTER !== '' && { cluster: config.ASSAY_CLUSTER }),
  })
}
