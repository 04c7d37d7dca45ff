/** Users who are taken at once. */
export interface Slice {
  /** A range of their hashes, both ends in it, which `user_hash` and `key` agree on. */
  from: bigint
  to: bigint
  /** The table of the ids of those who have several; null where nobody has. */
  people: string | null
}

/** The highest bits of a key are its user's. */
export const SHARED_BITS = 16

export const within = (column: string, { from, to }: Slice) => `${column} >= ${from} AND ${column} <= ${to}`

/** So many rows in slices of equal size, a power of two of them. */
export function slicesOf(rows: number, rowsAtOnce: number, people: string | null): Slice[] {
  const bits = Math.max(0, Math.min(SHARED_BITS, Math.ceil(Math.log2(rows / rowsAtOnce))))
  const size = 1n << BigInt(64 - bits)
  return Array.from({ length: 2 ** bits }, (_, i) => ({
    from: BigInt(i) * size,
    to: BigInt(i + 1) * size - 1n,
    people,
  }))
}
