import { expect, test } from 'vitest'
import { doorAt, duration, hostAndPort, portAt, prefix, upstream } from './gate-door.js'

test.each<[string, object]>([
  ['/run/gate.sock', { at: '/run/gate.sock' }],
  ['./a=b.sock', { at: './a=b.sock' }],
  ['gate.sock', { at: 'gate.sock' }],
  ['shop=/run/a=b.sock', { app: 'shop', at: '/run/a=b.sock' }],
  ['shop/checkout=/run/gate.sock', { app: 'shop', test: 'checkout', at: '/run/gate.sock' }],
  ['my%2Fshop/a%3Db=gate.sock', { app: 'my/shop', test: 'a=b', at: 'gate.sock' }],
])('%s is a door', (text, door) => {
  expect(doorAt(text, [{ at: 'before' }])).toEqual([{ at: 'before' }, door])
})

test.each(['=x', 'shop=', 'shop/=x', 'shop/a/b=x', 'sh%op=x'])('%s is none', (text) => {
  expect(() => doorAt(text)).toThrow('expected')
})

test.each([
  ['4611', [{ at: '4611' }]],
  ['shop=4611', [{ app: 'shop', at: '4611' }]],
])('%s is a port', (text, doors) => expect(portAt(text)).toEqual(doors))

test.each(['x', '65536', 'shop=-1', '/run/x'])('%s is no port', (text) => {
  expect(() => portAt(text)).toThrow('expected a port')
})

test('upstreams by branch', () => {
  const control = upstream('control=http://127.0.0.1:8001')
  expect(upstream('a%3Db=http://[::1]/?c=d', control)).toEqual({
    ...{ control: 'http://127.0.0.1:8001', 'a=b': 'http://[::1]/?c=d' },
  })
  for (const text of ['http://127.0.0.1', '=http://127.0.0.1', 'next=', 'a%=b'])
    expect(() => upstream(text)).toThrow('expected')
})

test.each([
  ['8s', 8000],
  ['1500ms', 1500],
  ['60m', 3_600_000],
])('%s', (text, milliseconds) => expect(duration(text)).toBe(milliseconds))

test.each(['8', '8h', '-1s', '999ms', '61m', '0s', '1.5s', ''])('%j is no time', (text) => {
  expect(() => duration(text)).toThrow('expected a time')
})

test.each([
  ['127.0.0.1:8125', { host: '127.0.0.1', port: 8125 }],
  ['[::1]:8125', { host: '::1', port: 8125 }],
  ['stats.internal:1', { host: 'stats.internal', port: 1 }],
])('%s is an address', (text, address) => expect(hostAndPort(text)).toEqual(address))

test.each(['8125', 'host', 'host:', 'a:b:1', 'host:99999'])('%s is none', (text) => {
  expect(() => hostAndPort(text)).toThrow('expected')
})

test('a prefix ends with no dot, and holds nothing of the protocol', () => {
  expect([prefix('maxwellsdaemon.'), prefix('a.b-c')]).toEqual(['maxwellsdaemon', 'a.b-c'])
  for (const text of ['', '.', 'a:b', 'a|c', 'a\nb', 'a..b']) expect(() => prefix(text)).toThrow('expected letters')
})
