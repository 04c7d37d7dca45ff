import type { AddressInfo } from 'node:net'
import { clickHouseHttp, type ServerOptions } from './clickhouse-http.js'

/** A process of its own: options as JSON in, `{"port"}` out once it listens. */
const { port, ...options } = JSON.parse(process.argv[2]!) as ServerOptions & { port: number }
const server = clickHouseHttp(options).listen(port, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
