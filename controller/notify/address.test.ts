import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { AddressRefused, checkHost, guardedLookup, isAllowed, type Resolve } from './address.js'

const PUBLIC = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1']
const PRIVATE: [string, string][] = [
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['loopback', '127.0.0.1'],
  ['loopback', '127.8.8.8'],
  ['loopback', '::1'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['unique local', 'fc00::1'],
  ['unique local', 'fd00:ec2::254'],
]
const NEVER: [string, string][] = [
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['unspecified', '::'],
  ['link-local', '169.254.169.254'],
  ['link-local', 'fe80::1'],
  ['multicast', '224.0.0.1'],
  ['multicast', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['IETF protocols', '192.0.0.8'],
  ['benchmarks', '198.18.0.1'],
  ['documentation', '203.0.113.1'],
  ['documentation', '2001:db8::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1'],
  ['IPv4-mapped', '::ffff:7f00:1'],
  ['IPv4-mapped', '::ffff:a9fe:a9fe'],
  ['IPv4-mapped, of a public one', '::ffff:8.8.8.8'],
  ['IPv4-compatible', '::7f00:1'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['local NAT64', '64:ff9b:1::a00:1'],
  ['6to4', '2002:7f00:1::'],
  ['Teredo', '2001::1'],
  ['site-local', 'fec0::1'],
  ['discard', '100::1'],
  ['of no registry', '4000::1'],
]

describe('where webhooks may go', () => {
  test.each(PUBLIC)('%s: anybody’s', (address) => {
    expect([false, true].map((allowPrivate) => isAllowed(address, allowPrivate))).toEqual([true, true])
  })
  test.each(PRIVATE)('%s, %s: only where private ones are allowed', (_, address) => {
    expect([false, true].map((allowPrivate) => isAllowed(address, allowPrivate))).toEqual([false, true])
  })
  test.each(NEVER)('%s, %s: never', (_, address) => {
    expect([false, true].map((allowPrivate) => isAllowed(address, allowPrivate))).toEqual([false, false])
  })
})

describe('hosts that are addresses, in whatever spelling', () => {
  const spellings = ['127.0.0.1', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '0', '127.0.0.1.', '１２７.0.0.1']
  test.each([...spellings, '[::1]', '[::ffff:127.0.0.1]', '[::7f00:1]', '[64:ff9b::127.0.0.1]'])('%s', (host) => {
    expect(() => checkHost(new URL(`http://${host}:8080/`), false)).toThrow(AddressRefused)
  })
  test('public ones and names pass', () => {
    for (const host of ['8.8.8.8', '[2606:4700::1111]', 'localhost']) checkHost(new URL(`http://${host}/`), false)
  })
})

describe('names are followed to public addresses alone', () => {
  const family = (address: string) => (address.includes(':') ? 6 : 4)
  const resolveTo =
    (addresses: string[]): Resolve =>
    (_host, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: family(address) })),
      )
  const found = (addresses: string[], all: boolean, allowPrivate = false) =>
    new Promise((resolve) => {
      const lookup = guardedLookup(allowPrivate, resolveTo(addresses))
      lookup('hooks.example', { all }, (error, one) =>
        resolve(error ?? (all ? (one as LookupAddress[]).map(({ address }) => address) : one)),
      )
    })

  test.each([...PRIVATE, ...NEVER])('%s, %s: refused', async (_, address) => {
    for (const all of [true, false]) expect(await found([address], all)).toBeInstanceOf(AddressRefused)
  })
  test('of several, the public ones', async () => {
    expect(await found(['10.0.0.1', '8.8.8.8', '64:ff9b::808:808'], true)).toEqual(['8.8.8.8'])
    expect(await found(['10.0.0.1', '8.8.8.8'], false)).toBe('8.8.8.8')
  })
  test('and private ones where they are allowed', async () => {
    expect(await found(['10.0.0.1', '169.254.169.254'], true, true)).toEqual(['10.0.0.1'])
  })
  test.each([true, false])('by the machine’s own resolver, where it asks for all: %s', async (all) => {
    const lookup = guardedLookup(false)
    expect(await new Promise((resolve) => lookup('localhost', { all }, resolve))).toBeInstanceOf(AddressRefused)
  })
  test('a name that is not found fails as it does', async () => {
    const missing = Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })
    const lookup = guardedLookup(false, (_host, _options, done) => done(missing, []))
    expect(await new Promise((resolve) => lookup('hooks.example', { all: true }, resolve))).toBe(missing)
  })
})
