import { setsSame } from './fetch-cookie.js'

/** What is needed of Node's `ServerResponse`. */
export interface OutgoingResponse {
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: string[]): unknown
  writeHead(...args: never[]): unknown
}

type WriteHead = (...args: unknown[]) => unknown
type Attempt = <T>(work: () => T) => T | undefined

const NAME = 'Set-Cookie'
const isName = (name: unknown) => `${name}`.toLowerCase() === 'set-cookie'
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])

/** Adds a cookie at the last moment, when all that asks for it is known, unless the response sets one of that name itself. */
export function setBeforeHeaders(response: OutgoingResponse, cookie: () => string | undefined, attempt: Attempt): void {
  const writeHead = response.writeHead as WriteHead
  response.writeHead = function (this: OutgoingResponse, ...args: unknown[]) {
    const added = attempt(() => {
      const wanted = cookie()
      return wanted && add(response, wanted, args)
    })
    return writeHead.apply(this, added || args)
  } satisfies WriteHead
}

/** @returns the arguments of `writeHead` with the cookie, if it could not be set beside them */
function add(response: OutgoingResponse, cookie: string, args: unknown[]): unknown[] | undefined {
  const at = args.findIndex((arg) => typeof arg === 'object' && arg !== null)
  const given = pairs(args[at])
  const named = given.filter(([name]) => isName(name)).flatMap(([, value]) => list(value))
  const before = named.length > 0 ? named : list(response.getHeader(NAME))
  if (setsSame(before, cookie)) return
  const all = [...before, cookie] as string[]
  if (named.length === 0 && !Array.isArray(args[at])) {
    response.setHeader(NAME, all)
    return
  }
  // Headers given here replace those of the same name that were set.
  const others = given.filter(([name]) => !isName(name))
  return args.with(at, [...others, [NAME, all]].flat())
}

/** `writeHead` takes an object, names and values in turn, or pairs of them. */
function pairs(headers: unknown): [name: unknown, value: unknown][] {
  if (!Array.isArray(headers)) return Object.entries(headers ?? {})
  if (Array.isArray(headers[0])) return headers
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]] as [unknown, unknown]] : []))
}
