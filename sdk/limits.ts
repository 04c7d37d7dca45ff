// Imports nothing, so that bundlers write these where they are used.

/** Bytes of bodies under way, of all that a browser lets outlive a page, 64 KB. */
export const AWAY = 60_000
/** Characters of the events in a batch: with what is around them it may outlive a page. */
export const BATCH = AWAY - 100
/** Characters of the events that go at once with a page: where there is less room than 64 KB, as many of these as fit. */
export const LEAVING = 8000
/** Characters of one event; the server counts bytes, and refuses what has more alone, not what came with it. */
export const EVENT = 32_768
/** Tests of one event that the server takes. */
export const TESTS = 32
/** Characters of a config at the most. */
export const CONFIG = 2_000_000
/** Milliseconds after which nobody answers any more: nothing else is sent or asked meanwhile. */
export const PATIENCE = 60_000
/** Milliseconds that the first repeat may wait at the most; each further one twice as long, up to the second. */
export const FIRST = 1000
export const LONGEST = 300_000
/** Milliseconds between looks at the least. */
export const SHORTEST = 1000
/** Milliseconds for which a server may ask for quiet. */
export const DAY = 86_400_000
/** Milliseconds that a timer holds at the most. */
export const WEEKS = 2_147_483_647
