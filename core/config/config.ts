import { z } from 'zod'
import { AssayError } from '../errors.js'

const text = () => z.string().default('')
const flag = () => z.stringbool().default(false)
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const isWebhookSecret = (one: string) => /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(one)

/** Every environment variable a server reads, with its default. `docs/configuration.md` is held to it by a test. */
export const variables = {
  ASSAY_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  ASSAY_PORT: whole(0, 65_535).default(4600).describe('Port to listen on; 0 takes any free one.'),
  ASSAY_DATA: z
    .string()
    .min(1)
    .default('./.assay')
    .describe('Data directory: log, store and keys, as far as they are not elsewhere.'),
  ASSAY_KEYS: text().describe('File of the keys; unset, keys.json in the data directory, made at the first start.'),
  ASSAY_QUEUE_BYTES: whole(1_000_000, 4_000_000_000)
    .default(64_000_000)
    .describe('Bytes of accepted requests that may wait for the log; more are answered 503.'),
  ASSAY_EVENTS_PER_SECOND: whole(1, 100_000_000)
    .default(1_000_000)
    .describe('Events a second from one key; more are answered 429.'),
  ASSAY_ID_WINDOW: whole(1_000, 10_000_000)
    .default(250_000)
    .describe('How many log records back an event id is remembered, so that a retry counts once.'),
  ASSAY_SQL: flag().describe('Whether read keys may ask in SQL: POST /v1/sql.'),
  ASSAY_SQL_USER: text().describe('User of the ClickHouse server for those questions, who may read few tables.'),
  ASSAY_SQL_PASSWORD: text().describe('Password of that user.'),
  ASSAY_WEBHOOK_SECRET: text()
    .refine(
      (all) => all === '' || all.split(' ').every(isWebhookSecret),
      'Expected whsec_ and base64 of 24 to 64 bytes',
    )
    .describe(
      'Secret that signs webhooks, whsec_BASE64; two with a space between while it is changed. Unset, none are sent.',
    ),
  ASSAY_WEBHOOK_PRIVATE: flag().describe('Whether webhooks may go to private addresses and to this machine.'),
  ASSAY_LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .describe('Least severe message that is logged.'),
  KAFKA_BROKERS: text().describe(
    'Addresses of Kafka, HOST:PORT with commas between; unset, the log is in the data directory.',
  ),
  KAFKA_PARTITIONS: whole(1, 1000)
    .default(6)
    .describe('Partitions of events, and so aggregators at the most; settled when the topics are made.'),
  KAFKA_REPLICAS: whole(1, 10).default(3).describe('Copies of each record; settled when the topics are made.'),
  KAFKA_SESSION: whole(1000, 300_000)
    .default(10_000)
    .describe('Milliseconds of silence after which an aggregator’s partitions go to others.'),
  KAFKA_TLS: flag().describe('Whether to speak TLS with Kafka.'),
  KAFKA_CA: text().describe('File of the certificate authority of Kafka; unset, those of the system.'),
  KAFKA_SASL: z
    .enum(['', 'plain', 'scram-sha-256', 'scram-sha-512'])
    .default('')
    .describe('How to log in to Kafka: plain, scram-sha-256 or scram-sha-512; unset, not at all.'),
  KAFKA_USER: text().describe('User of Kafka.'),
  KAFKA_PASSWORD: text().describe('Password of Kafka.'),
  CLICKHOUSE_URL: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe('Address of a ClickHouse server, http or https. Without one the store is inside the process.'),
  CLICKHOUSE_USER: z.string().min(1).default('default').describe('User of that server.'),
  CLICKHOUSE_PASSWORD: z.string().default('').describe('The user’s password.'),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .default('assay')
    .describe('Database of Assay’s own, made if there is none.'),
  CLICKHOUSE_CA: z
    .string()
    .default('')
    .describe('File with the certificate (PEM) of the authority that signed the server’s, if the machine has it not.'),
  ASSAY_CLUSTER: z
    .string()
    .regex(/^[\w{}-]*$/)
    .default('')
    .describe('Name of a ClickHouse cluster, or a macro for it; tables are then replicated.'),
}

export type Config = { [Name in keyof typeof variables]: z.infer<(typeof variables)[Name]> }

/** @throws AssayError `config-invalid`, naming the variable, what came and what is allowed. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const entries = Object.entries(variables).map(([name, schema]) => {
    const result = schema.safeParse(env[name])
    if (result.success) return [name, result.data]
    const allowed = result.error.issues[0]?.message ?? 'another value'
    // The message goes to logs.
    const came = name.endsWith('SECRET') ? 'not valid' : JSON.stringify(env[name])
    throw new AssayError('config-invalid', `${name} is ${came}. ${allowed}.`)
  })
  return Object.fromEntries(entries) as Config
}
