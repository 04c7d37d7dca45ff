import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { type Broker, startBroker } from './broker.js'

/** `npm run kafka [-- --3.9] [--port N]` */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { '3.9': { type: 'boolean' }, port: { type: 'string', default: '9092' } } })
  const port = Number(values.port)
  if (!(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new Error(`Expected --port from 1 to 65535; got ${values.port}.`)
  const stop = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  const broker = await startBroker({ version: values['3.9'] ? '3.9' : '4', port, progress: console.error })
  console.log(screen(broker))
  const died = broker.exited.then(() => Promise.reject(new Error('The broker ended by itself.')))
  await Promise.race([stop, died]).finally(broker.stop)
}

function screen({ version, brokers, data }: Broker): string {
  return [
    `Apache Kafka ${version} is up. For servers and tests:`,
    `  KAFKA_BROKERS=${brokers}`,
    `  data ${data}, removed at the end`,
    'Ctrl-C stops it.',
  ].join('\n')
}

await main().catch((error: Error) => {
  console.error(`error ${error.message}`)
  process.exitCode = 1
})
