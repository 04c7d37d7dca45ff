/**
 * Which branch of a test a user is in: the same answer in every SDK, gate and service, from the names alone.
 * `test/golden/assignment.json` shows every step for other languages.
 */

/** A branch of a test, and how many have it. */
export interface Branch {
  /** As it is asked for and reported: 1 to 128 characters. */
  name: string
  /** Share of users, on any scale; 0 or more. */
  weight: number
}

const TWO_32 = 2 ** 32

/** The user's place in the test, uniform in [0, 1): MurmurHash3 (x86, 32 bits) of the user, seeded by that of the test id. */
export function bucket(user: string, testId: string): number {
  return murmur3(user, murmur3(testId, 0)) / TWO_32
}

/** The user's branch, from the names and weights alone. */
export function assign(user: string, testId: string, branches: readonly Branch[]): string {
  return branchAt(bucket(user, testId), branches)
}

/**
 * The branch at a place in [0, 1): a race of exponential times E_i / weight_i, which the least wins, so that branch i wins
 * with probability proportional to its weight, and raising one weight only ever moves users into that branch.
 *
 * For two branches it is the plain threshold: the second wins where place < w1 / (w0 + w1). Of two exponential times the
 * share E_1 / (E_0 + E_1) is uniform and independent of the sum, so the place is that share, and the sum S (a gamma
 * variate of shape 2) matters only against a third branch.
 */
export function branchAt(place: number, branches: readonly Branch[]): string {
  const bits = Math.floor(place * TWO_32)
  const sum = branches.length > 2 ? -Math.log(uniform(bits, 1) * uniform(bits, 2)) : 1
  let winner = branches[0]!
  let best = Infinity
  branches.forEach((branch, i) => {
    const time = i === 0 ? sum * (1 - place) : i === 1 ? sum * place : -Math.log(uniform(bits, i + 1))
    const score = branch.weight > 0 ? time / branch.weight : Infinity
    // A tie goes to the earlier branch: at place w1 / (w0 + w1) exactly, the first.
    if (score < best) {
      winner = branch
      best = score
    }
  })
  return winner.name
}

/** A further uniform in (0, 1) from the place's 32 bits: stream `n` of murmur's finaliser. */
function uniform(bits: number, n: number): number {
  return (finalise(bits ^ Math.imul(n, 0x9e3779b9)) + 0.5) / TWO_32
}

/** MurmurHash3_x86_32 of the string's UTF-8 bytes (Appleby 2011); a lone surrogate counts as U+FFFD. */
export function murmur3(text: string, seed: number): number {
  const bytes = utf8(text)
  let hash = seed
  let block = 0
  for (let i = 0; i < bytes.length; i++) {
    block |= bytes.charCodeAt(i) << (8 * (i & 3))
    if ((i & 3) < 3) continue
    hash = Math.imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64
    block = 0
  }
  return finalise(hash ^ scramble(block) ^ bytes.length)
}

/** A character for each byte. */
function utf8(text: string): string {
  if (!/[^ -~]/.test(text)) return text
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

export function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

/** Murmur's 32-bit finaliser. */
export function finalise(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
