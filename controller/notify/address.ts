import { type LookupAddress, type LookupAllOptions, lookup as resolveName } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** As `dns.lookup` where it is asked for all addresses of a name. */
export type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** An address to which nothing is sent, however it was come by. */
export class AddressRefused extends Error {}

/** What the registries of IANA call global in IPv6; whatever lies outside is refused, known or not. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3')
const privateRanges = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']

/**
 * Whether webhooks may go to an IP address: to public ones; with `allowPrivate` also to those of one's own network and
 * machine. Never to link-local ones, where clouds keep credentials, nor to those that carry another address inside
 * (IPv4-mapped, NAT64, 6to4, Teredo).
 */
export function isAllowed(address: string, allowPrivate: boolean): boolean {
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (privateRanges.includes(range)) return allowPrivate
  return range === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL))
}

/** @throws AddressRefused for a URL whose host is an address, for which no socket would ask `guardedLookup`. */
export function checkHost({ hostname }: URL, allowPrivate: boolean): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isAllowed(host, allowPrivate)) throw new AddressRefused(`${host} is not a public address.`)
}

/**
 * What a socket asks for a name's addresses: it connects to those that this returns, so that no name leads elsewhere,
 * even one that has other addresses each time it is asked for.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve = resolveName): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const allowed = error ? [] : found.filter(({ address }) => isAllowed(address, allowPrivate))
      const [first] = allowed
      if (error) done(error, [])
      else if (first === undefined) done(new AddressRefused(`${host} has no public address.`), [])
      else if (options.all) done(null, allowed)
      else done(null, first.address, first.family)
    })
  }
}
