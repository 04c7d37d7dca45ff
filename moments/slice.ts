import { quote } from '@assay/core/store/sql'

/** Users who are taken at once. */
export interface Slice {
  /** A range of their hashes, both ends in it, which `user_hash` and `key` agree on. */
  from: bigint
  to: bigint
  /** The table of the ids of those who have several; null where nobody has. */
  people: string | null
  /** The tests they are counted in; all if undefined. */
  tests?: readonly string[] | undefined
}

/** The highest bits of a key are its user's. */
export const SHARED_BITS = 16

export const within = (column: string, { from, to }: Slice) => `${column} >= ${from} AND ${column} <= ${to}`

/** That a row is of these tests; of any if undefined. */
export const ofTests = (tests: Slice['tests']) => (tests === undefined ? 'true' : `test IN (${tests.map(quote)})`)

/** All users of all tests. */
export const everyone = (people: string | null): Slice => ({ from: 0n, to: 2n ** 64n - 1n, people })

export const isWhole = ({ from, to }: Slice) => from === 0n && to === 2n ** 64n - 1n

/** So many rows in slices of equal size, a power of two of them. */
export function slicesOf(rows: number, rowsAtOnce: number, people: string | null, tests?: readonly string[]): Slice[] {
  const bits = Math.max(0, Math.min(SHARED_BITS, Math.ceil(Math.log2(rows / rowsAtOnce))))
  const size = 1n << BigInt(64 - bits)
  return Array.from({ length: 2 ** bits }, (_, i) => ({
    from: BigInt(i) * size,
    to: BigInt(i + 1) * size - 1n,
    people,
    tests,
  }))
}
