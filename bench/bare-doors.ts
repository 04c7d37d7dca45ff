import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'

/** The limit of a gate's doors: the same answers from Node's servers, without a decision. */
const [path] = process.argv.slice(2) as [string]
const socket = createServer({ allowHalfOpen: true }, (connection) => {
  connection.on('error', () => {})
  connection.once('data', () => connection.end('0.7364120956223\nmaster\n\n'))
})
const headers = [
  'X-Assay-Branch',
  'master',
  'X-Assay-Test',
  'release',
  'X-Assay-User',
  'user-1000',
  'Cache-Control',
  'no-store',
  'Content-Length',
  '0',
]
const http = createHttp((_request, response) => {
  response.writeHead(200, headers).end()
})
socket.listen(path)
http.listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(http.address() as AddressInfo).port}`))
process.on('SIGTERM', () => process.exit(0))
