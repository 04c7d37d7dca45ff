import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Network } from './network.js'

const got: string[] = []
/** Answers each word with the word in capitals. */
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    got.push(String(bytes))
    socket.write(String(bytes).toUpperCase())
  })
})
let network: Network
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  network = await Network.open((server.address() as AddressInfo).port)
})
afterEach(() => {
  network.weather = { kind: 'clear' }
  got.length = 0
})
afterAll(async () => {
  await network.close()
  server.close()
})

function client() {
  const socket = connect(network.port, '127.0.0.1').on('error', () => {})
  return { socket, answered: text(socket).catch(() => 'broken') }
}
const arrives = (...words: string[]) => expect.poll(() => got.join('')).toBe(words.join(''))

test('a cut breaks what there is and lets nothing new come about', async () => {
  const before = client()
  before.socket.write('a')
  await arrives('a')
  network.weather = { kind: 'cut' }
  await before.answered
  const after = client()
  after.socket.write('b')
  expect(await after.answered).toBe('')
  expect(got).toEqual(['a'])
})

test('what is lost is lost for good: its connection breaks when the network is whole again', async () => {
  network.weather = { kind: 'hang' }
  const { socket, answered } = client()
  socket.write('a')
  await new Promise((resolve) => setTimeout(resolve, 100))
  network.weather = { kind: 'clear' }
  expect(await answered).toBe('')
  expect(got).toEqual([])
})

test('unheard, requests arrive and answers do not', async () => {
  network.weather = { kind: 'deaf' }
  const { socket, answered } = client()
  socket.write('a')
  await arrives('a')
  await new Promise((resolve) => setTimeout(resolve, 50))
  network.weather = { kind: 'clear' }
  expect(await answered).toBe('')
})

test('what was slow is not overtaken by what comes after', async () => {
  network.weather = { kind: 'slow', milliseconds: 100 }
  const { socket } = client()
  socket.write('a')
  await new Promise((resolve) => setTimeout(resolve, 50))
  network.weather = { kind: 'clear' }
  socket.write('b')
  await arrives('a', 'b')
  socket.destroy()
})

test('an answer comes from the network, and the server gets no request', async () => {
  network.weather = { kind: 'answer', response: 'no' }
  const { socket, answered } = client()
  socket.write('a')
  expect(await answered).toBe('no')
  expect(got).toEqual([])
})
