import { readFileSync } from 'node:fs'
import type { Config } from '@assay/core/config/config'
import { AssayError } from '@assay/core/errors'
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

/**
 * The store on a ClickHouse server where `CLICKHOUSE_URL` names it, else in `path`.
 * @throws AssayError `config-invalid`, `store-unavailable`, `data-in-use`, `engine-missing`
 */
export async function openStore(config: Config, path: string): Promise<Store> {
  if (config.CLICKHOUSE_URL === '') return embeddedStore(path, { sql: config.ASSAY_SQL })
  const { openClickHouseStore } = await import('@assay/core/store/clickhouse')
  return openClickHouseStore({
    url: config.CLICKHOUSE_URL,
    user: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
    database: config.CLICKHOUSE_DATABASE,
    ...(config.CLICKHOUSE_CA !== '' && { ca: readFileSync(config.CLICKHOUSE_CA) }),
    ...(config.ASSAY_SQL && { analyst: analystOf(config) }),
    ...(config.ASSAY_CLUSTER !== '' && { cluster: config.ASSAY_CLUSTER }),
  })
}

/** On a server SQL is asked by a user of its own: with the rights of another it would be limited by us alone. */
function analystOf({ ASSAY_SQL_USER: user, ASSAY_SQL_PASSWORD: password }: Config) {
  if (user !== '') return { user, password }
  throw new AssayError(
    'config-invalid',
    'ASSAY_SQL is on. Expected ASSAY_SQL_USER to name a user of the ClickHouse server; unset. docs/clickhouse.md makes one.',
  )
}
