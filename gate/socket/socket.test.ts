import { existsSync, lstatSync, renameSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { bucket } from '@assay/core/assign'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../testkit/ask.js'
import { tempPath } from '../testkit/temp.js'
import { decisionsBy, release } from '../testkit/tests.js'
import { answer } from './answer.js'
import { openSocket } from './socket.js'

interface Served {
  answered: number
  failed: number
}

async function door(decisions = decisionsBy(release(0.5)), path = tempPath('gate.sock')) {
  const served: Served = { answered: 0, failed: 0 }
  const opened = await openSocket(path, {
    answer(request) {
      const { assignment, location } = answer(request, decisions)
      return `${assignment}\n${location}\n\n`
    },
    served: (isAnswered) => served[isAnswered ? 'answered' : 'failed']++,
  })
  onTestFinished(() => opened.close())
  return { path, served, close: () => opened.close() }
}

const NEW = /^(0\.\d+|\d(\.\d+)?e-\d\d)\n(master|canary)\n\n$/
const NEW_MASTER = /^(0\.\d+|\d(\.\d+)?e-\d\d)\nmaster\n\n$/
const repeated = (bytes: number) => Buffer.alloc(bytes, 'x')

test.each<[string, (string | Uint8Array)[], string | RegExp]>([
  ['a new user', ['\n'], NEW],
  ['a number below the rollout', ['0.49\n'], '0.49\ncanary\n\n'],
  ['one above', ['0.51\n'], '0.51\nmaster\n\n'],
  ['the rollout itself', ['0.5\n'], '0.5\nmaster\n\n'],
  ['zero', ['0\n'], '0\ncanary\n\n'],
  ['minus zero', ['-0\n'], '-0\ncanary\n\n'],
  ['one', ['1\n'], NEW_MASTER],
  ['below zero', ['-0.1\n'], NEW_MASTER],
  ['an exponent', ['1e-1\n'], '0.1\ncanary\n\n'],
  ['a small number', ['0.00001\n'], '1e-05\ncanary\n\n'],
  ['no number at all', ['NaN\n'], 'NaN\nmaster\n\n'],
  ['hexadecimal without an exponent', ['0x1\n'], NEW_MASTER],
  ['infinity', ['Inf\n'], NEW_MASTER],
  ['a space in front', [' 0.2\n'], NEW_MASTER],
  ['CRLF', ['0.2\r\n'], NEW_MASTER],
  ['two lines in one piece', ['0.1\n0.2\n'], NEW_MASTER],
  ['two newlines', ['\n\n'], NEW_MASTER],
  ['bytes', [Uint8Array.of(0, 255, 254, 128, 10)], NEW_MASTER],
  ['a zero byte behind', ['0.2\0\n'], NEW_MASTER],
  ['a word', ['canary\n'], NEW_MASTER],
  ['a line in pieces', ['0.', '4', '9', '\n'], '0.49\ncanary\n\n'],
  ['a long number', [`0.${'3'.repeat(5000)}\n`], '0.3333333333333333\ncanary\n\n'],
  ['10 MB and a newline', [repeated(10_000_000), '\n'], NEW_MASTER],
  ['a number behind 10 MB of zeros', ['0.', Buffer.alloc(10_000_000, '0'), '1\n'], NEW_MASTER],
  ['a user', ['user=ann\n'], `user=ann\n${bucket('ann', 'release') < 0.5 ? 'canary' : 'master'}\n\n`],
  ['a user whom nobody knows', ['user=\n'], NEW_MASTER],
  ['a user of 257 characters', [`user=${'x'.repeat(257)}\n`], NEW_MASTER],
  ['a user of two lines', ['user=ann\nuser=bob\n'], NEW_MASTER],
  ['a user by CRLF', ['user=ann\r\n'], NEW_MASTER],
  ['a user of broken UTF-8', [Uint8Array.of(...Buffer.from('user=a'), 0xff, 10)], NEW_MASTER],
  ['the word that keeps a connection, and no newline', ['keep', ' 0.1\n'], NEW_MASTER],
])('%s', async (_, parts, expected) => {
  expect(await ask((await door()).path, ...parts)).toMatch(typeof expected === 'string' ? exactly(expected) : expected)
})

const exactly = (text: string) => new RegExp(`^${text.replaceAll('.', '\\.')}$`)

/** The lines that come back on a connection that stays open, once there are so many. */
function converse(path: string, parts: readonly (string | Uint8Array)[], lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(path).setEncoding('latin1')
    onTestFinished(() => void socket.destroy())
    const end = () => resolve(text.split('\n').slice(0, -1))
    socket.on('connect', async () => {
      for (const part of parts) await new Promise((sent) => socket.write(part, sent))
    })
    socket.on('data', (chunk) => {
      text += chunk
      if (text.split('\n').length > lines) end()
    })
    socket.on('close', end).on('error', reject)
  })
}

test('a connection that says keep is answered line by line, in pieces or many at once', async () => {
  const { path, served } = await door()
  const answers = await converse(path, ['keep\n0.1', '\n0.7\nuser=an', 'n\nx\n\n'], 15)
  const ann = bucket('ann', 'release') < 0.5 ? 'canary' : 'master'
  expect(answers.map((line) => line.replace(/^0\.\d{5,}$/, 'new')).slice(0, 12)).toEqual([
    '0.1',
    'canary',
    '',
    '0.7',
    'master',
    '',
    'user=ann',
    ann,
    '',
    'new',
    'master',
    '',
  ])
  expect(served).toEqual({ answered: 5, failed: 0 })
})

test('who sends 20,000 requests before reading gets every answer, in order', async () => {
  const { path } = await door()
  const numbers = Array.from({ length: 20_000 }, (_, i) => String(i / 20_000))
  const answers = await converse(path, [`keep\n${numbers.join('\n')}\n`], 60_000)
  expect(answers.filter((_, i) => i % 3 === 0)).toEqual(numbers.map((n) => (n === '0.00005' ? '5e-05' : n)))
})

test('what does not end gets no answer, and the connection ends within its second', async () => {
  const endless = [['0.2'], [], [repeated(10_000_000)], ['keep\n0.2'], ['keep\n', repeated(10_000_000)]]
  const { path, served } = await door()
  const begun = performance.now()
  expect(await Promise.all(endless.map((parts) => ask(path, ...parts)))).toEqual(endless.map(() => ''))
  expect(performance.now() - begun).toBeLessThan(3000)
  await expect.poll(() => served).toEqual({ answered: 0, failed: endless.length })
})

test.each([
  ['nothing known', decisionsBy(null)],
  ['stale', decisionsBy(release(1), false)],
  ['maintenance', decisionsBy(release(1), true, true)],
  ['no current test', decisionsBy({ tests: release(1).tests })],
])('%s: master, and the number stays', async (_, decisions) => {
  const { path } = await door(decisions)
  expect(await ask(path, '0.2\n')).toBe('0.2\nmaster\n\n')
  expect(await ask(path, 'user=ann\n')).toBe('user=ann\nmaster\n\n')
})

test('everybody may use it, one that was left is replaced, and it is removed at the end', async () => {
  const path = tempPath('gate.sock')
  // A process that was killed leaves its socket.
  await leave(path)
  const { close } = await door(decisionsBy(release(1)), path)
  expect(lstatSync(path).mode & 0o777).toBe(0o666)
  expect(await ask(path, '0.2\n')).toBe('0.2\ncanary\n\n')
  await close()
  expect(existsSync(path)).toBe(false)
})

test('the next gate takes the place at once, and the one before leaves it there', async () => {
  const path = tempPath('gate.sock')
  const before = await door(decisionsBy(release(0)), path)
  await door(decisionsBy(release(1)), path)
  await before.close()
  expect(await ask(path, '0.2\n')).toBe('0.2\ncanary\n\n')
})

/** Another name keeps the file when its server ends. */
async function leave(path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}.left`, resolve))
  renameSync(`${path}.left`, path)
  await new Promise((resolve) => server.close(resolve))
  expect(lstatSync(path).isSocket()).toBe(true)
}

test('what is no socket is left alone, and a path that no address takes is told of', async () => {
  const path = tempPath('notes.txt')
  writeFileSync(path, 'mine')
  await expect(door(undefined, path)).rejects.toThrow(/Expected a socket or nothing at .*notes\.txt/)
  await expect(door(undefined, `/${'x'.repeat(95)}`)).rejects.toThrow(/at most 95 bytes/)
  await expect(door(undefined, '/nowhere/gate.sock')).rejects.toThrow(/ENOENT|EACCES/)
})

test('a connection that is kept ends with the door', async () => {
  const { path, close } = await door()
  const lines = converse(path, ['keep\n0.1\n'], 99)
  await converse(path, ['keep\n0.1\n'], 3)
  await close()
  expect((await lines).slice(0, 3)).toEqual(['0.1', 'canary', ''])
})

test.each([
  ['was answered before', 1],
  ['comes at the same time', 0],
])('who never reads and %s does not keep the door from closing', async (_, wait) => {
  const { path, served, close } = await door()
  const socket = connect(path).pause()
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(`keep\n${'0.1\n'.repeat(100_000)}`)
  await new Promise((resolve) => socket.once('connect', resolve))
  await expect.poll(() => served.answered).toBeGreaterThanOrEqual(wait)
  await close()
  expect(existsSync(path)).toBe(false)
})
