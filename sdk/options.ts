import type { Attributes, Condition } from '../core/condition.js'
import type { ClientTest } from '../core/decide.js'
import type { Memory } from './definitions/remember.js'
import type { Keep } from './delivery/keep.js'

/** Tests by their ids. */
export type Tests = Readonly<Record<string, ClientTest>>

/** What clients know of an app: what `GET /v1/apps/:app/config` answers. */
export interface ClientConfig {
  /** Those that run, and those that were shipped. */
  tests: Tests
  /** The id of the app's current test, if it has one. */
  current?: string
}

/** Why events were given up. */
export type DropReason = 'queue-full' | 'closed' | 'refused' | 'too-large' | 'no-consent'

/** That a user was shown a branch, and counts in the test. */
export interface Exposure {
  user: string
  testId: string
  branch: string
  /** Of the definition, if it has any. */
  version?: number | undefined
}

/** What every client takes. */
export interface BaseOptions {
  /** Where Assay answers, as `https://assay.example.com`. */
  url: string
  /** A write key: it is public, for it allows nothing but sending events and reading the config. */
  key: string
  /** The app under which tests are defined and events are counted: 1 to 128 characters. */
  app: string
  /** What is known of the user, for targeting. It never leaves the client. */
  attributes?: Attributes
  /** The branch of tests that are not known: `master`, unless it is given. */
  fallback?: string
  /** Evaluates targeting: `matches`. Without it nobody is in a test that has any. */
  targeting?: (condition: Condition, attributes: Attributes) => boolean
  /** When a batch is sent: at so many events, 100, or so many milliseconds after its first one, 1,000. */
  batch?: { events?: number; wait?: number }
  /** Events that wait at the most, 1,000, with those on their way; the oldest of the others go first. */
  queue?: number
  /** Where waiting events outlive the page or the process: `offline()`, or `spool(folder)` on Node. */
  keep?: Keep
  /** Makes bodies smaller: `gzip`. */
  compress?: (text: string) => Promise<Blob | null>
  /** Instead of the platform's own. */
  fetch?: typeof globalThis.fetch
  /** Hears of what went wrong. Nothing is ever thrown into the app. */
  onError?: (error: Error) => void
  /** Hears of events that were given up. */
  onDrop?: (count: number, reason: DropReason) => void
  /** Hears of each exposure when it is first reported, to hand it on to others; once the user has agreed to that. */
  onExposure?: (exposure: Exposure) => void
}

/** Users and tests are given; nothing is stored or looked up. */
export interface BareOptions extends BaseOptions {
  /** Who the user is: 1 to 256 characters. */
  user: string
  /** The tests. */
  config: ClientConfig
}

/** With `pending`, nothing is stored or sent until it is granted. */
export type Consent = 'granted' | 'pending' | 'denied'

/** Tells of new definitions as they come, until the returned function is called. */
export type Updates = (url: string, onConfig: (config: ClientConfig) => void) => () => void

/** What `createClient` takes. */
export interface ClientOptions extends BaseOptions {
  /** Who the user is, where the app knows from the start; else browsers keep an anonymous id in a cookie. */
  user?: string
  /** The tests, where they are known already, as from the server's rendering. */
  config?: ClientConfig
  /** What was told of already, as in the server's rendering: by test id the branch, with its version, and of whom. */
  exposed?: { user: string; tests: Readonly<Record<string, string>> }
  /** Milliseconds between looks at the config, 60,000, up to a fifth fewer; 0 never looks again. Hidden pages do not. */
  refresh?: number
  /** Milliseconds that `ready` waits for the first look at the most, 3,000; what comes later counts from then on. */
  patience?: number
  /** Where the tests wait for the next page, which has them at once: `remember()`. */
  memory?: Memory
  /** Definitions as they change: `serverSent`. */
  updates?: Updates
  /** What the user decided so far: `granted`, unless it is given. */
  consent?: Consent
  /** Whether the page's user is shown the control while consent is pending, as by the server that rendered the page. */
  controlWhilePending?: boolean
  /** Whether Do Not Track and Global Privacy Control count as consent denied: they do, unless this is false. */
  honorPrivacySignals?: boolean
  /** Leaves users out whose user agent this matches, as `knownBots` does. */
  leaveOut?: RegExp
  /** The cookie of the anonymous id. */
  cookie?: CookieOptions
}

/** Of the cookie that holds the anonymous id and the branches that stay. */
export interface CookieOptions {
  /** `assay`, unless it is given. */
  name?: string
  /** The host alone, unless a domain is given. */
  domain?: string
  /**
   * Whether your server sets it: a page then writes only what changed, for Safari forgets what scripts wrote within a
   * week. Without it each page writes the cookie anew, so that it lasts from the last visit on.
   */
  byServer?: boolean
}
