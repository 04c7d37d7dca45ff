import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakePage } from '../testkit/fake-page.js'
import { serverSent } from './server-sent.js'

/** A browser's EventSource, as far as a test can play the server. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2
  static opened: FakeEventSource[] = []
  readyState = 1

  constructor(readonly url: string) {
    super()
    if (url === 'bad') throw new SyntaxError('url')
    FakeEventSource.opened.push(this)
  }
  says(data: string, type = 'config') {
    this.dispatchEvent(new MessageEvent(type, { data }))
  }
  fails(readyState: number) {
    this.readyState = readyState
    this.dispatchEvent(new Event('error'))
  }
  close() {
    this.readyState = 2
  }
}

const config = (branch: string) => ({ tests: { t: { branches: [{ name: branch, weight: 1 }] } } })
const opened = () => FakeEventSource.opened

beforeEach(() => {
  vi.useFakeTimers()
  FakeEventSource.opened = []
  vi.stubGlobal('EventSource', FakeEventSource)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('tells of each config, and of nothing else', () => {
  const told: unknown[] = []
  serverSent('url', (c) => told.push(c))
  opened()[0]!.says(JSON.stringify(config('a')))
  opened()[0]!.says('{"tests":{}}', 'message')
  opened()[0]!.says(JSON.stringify(config('b')))
  expect(told).toEqual([config('a'), config('b')])
})

test('what is damaged, or fails in the app, is passed over', () => {
  const told: unknown[] = []
  serverSent('url', (c) => {
    told.push(c)
    throw new Error('of the app')
  })
  for (const data of ['{"tests', '', '{"tests":{}}']) opened()[0]!.says(data)
  expect(told).toEqual([{ tests: {} }])
})

test('a connection that broke is left to the platform; one that it gave up is opened again', () => {
  const told: unknown[] = []
  const stop = serverSent('url', (c) => told.push(c))
  opened()[0]!.fails(0)
  vi.advanceTimersByTime(3_600_000)
  expect(opened()).toHaveLength(1)
  opened()[0]!.fails(2)
  vi.advanceTimersByTime(29_000)
  expect(opened()).toHaveLength(1)
  vi.advanceTimersByTime(32_000)
  opened()[1]!.says('{"tests":{}}')
  expect([opened().length, told]).toEqual([2, [{ tests: {} }]])
  opened()[1]!.fails(2)
  stop()
  vi.advanceTimersByTime(3_600_000)
  expect(opened()).toHaveLength(2)
})

test('stopping closes it', () => {
  serverSent('url', () => {})()
  expect(opened()[0]!.readyState).toBe(2)
})

test('hidden pages do not listen; what they missed comes first when they are seen', () => {
  const page = new FakePage()
  page.turn('hidden')
  const stop = serverSent('url', () => {})
  expect(opened()).toHaveLength(0)
  page.turn('visible')
  page.turn('hidden')
  expect(opened().map(({ readyState }) => readyState)).toEqual([2])
  page.turn('visible')
  opened()[1]!.fails(2)
  page.turn('hidden')
  vi.advanceTimersByTime(3_600_000)
  expect(opened()).toHaveLength(2)
  stop()
  page.turn('visible')
  expect(opened()).toHaveLength(2)
})

test('without EventSource, or with an address that is none, nothing happens', () => {
  serverSent('bad', () => {})()
  vi.stubGlobal('EventSource', undefined)
  serverSent('url', () => {})()
  expect(opened()).toEqual([])
})
