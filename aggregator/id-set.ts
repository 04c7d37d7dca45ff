import { finalise, rotate } from '@assay/core/assign'

/**
 * A set of at most `size` ids as 64-bit fingerprints in one array: strings in a Set cost several times the time, and the
 * garbage collector as much again. A new id is taken for one of n others with probability n / 2^64: with the 500,000 of
 * two full sets, one lost event in 3 * 10^13.
 */
export class IdSet {
  readonly #mask: number
  readonly #slots: Uint32Array

  constructor(size: number) {
    const capacity = 2 ** Math.ceil(Math.log2(2 * size + 2))
    this.#mask = capacity - 1
    this.#slots = new Uint32Array(2 * capacity)
  }

  has(id: Fingerprint): boolean {
    return this.#slots[this.#find(id) + 1] !== 0
  }

  /** Whether it was new. */
  add(id: Fingerprint): boolean {
    const slot = this.#find(id)
    if (this.#slots[slot + 1] !== 0) return false
    this.#slots[slot] = id[0]!
    this.#slots[slot + 1] = id[1]!
    return true
  }

  /** The slot that holds the id, or the empty one where it would go. */
  #find(id: Fingerprint): number {
    const slots = this.#slots
    for (let i = id[0]! & this.#mask; ; i = (i + 1) & this.#mask) {
      const at = 2 * i
      if (slots[at + 1] === 0 || (slots[at] === id[0] && slots[at + 1] === id[1])) return at
    }
  }
}

/** Two 32-bit numbers, the second never 0. */
export type Fingerprint = Uint32Array

/** Writes the fingerprint of an app's id into `out`: two lanes after those of MurmurHash3_x86_128 (Appleby 2011), over UTF-16 units. */
export function fingerprint(app: string, id: string, out: Fingerprint): void {
  out[0] = 0
  out[1] = 0
  feed(app, out)
  feed(id, out)
  const a = finalise(out[0]! + out[1]!)
  const b = finalise(out[1]! + a)
  out[0] = a + b
  out[1] = b
  if (out[1] === 0) out[1] = 1
}

function feed(text: string, lanes: Fingerprint): void {
  let [a, b] = [lanes[0]! | 0, lanes[1]! | 0]
  for (let i = 0; i < text.length; i += 2) {
    const block = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16)
    a ^= Math.imul(rotate(Math.imul(block, 0x239b961b), 15), 0xab0e9789)
    a = (Math.imul((rotate(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0
    b ^= Math.imul(rotate(Math.imul(block, 0xab0e9789), 16), 0x38b34ae5)
    b = (Math.imul((rotate(b, 17) + a) | 0, 5) + 0x0bcaa747) | 0
  }
  // So that ('ab', 'c') is not ('a', 'bc').
  lanes[0] = Math.imul(a ^ text.length, 5) + 0x561ccd1b
  lanes[1] = Math.imul(b ^ text.length, 5) + 0x0bcaa747
}
