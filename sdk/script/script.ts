import { matches } from '../../core/condition.js'
import { type Client, createClient as create } from '../client.js'
import { remember } from '../definitions/remember.js'
import { serverSent } from '../definitions/server-sent.js'
import { offline } from '../delivery/offline.js'
import type { ClientOptions, Consent } from '../options.js'

export { pageAttributes } from '../page-attributes.js'

/**
 * What `<script src="assay.min.js">` makes known as `assay`: the same client, with targeting, a memory for events that
 * wait and for tests, and changes as they come.
 */
export const createClient = (options: ClientOptions): Client =>
  create({ targeting: matches, keep: offline(), memory: remember(), updates: serverSent, ...options })

const { url, key, app, consent = 'granted' } = (globalThis.document?.currentScript?.dataset ?? {}) as DataAttributes

/** What a tag before this one made known, or whatever else has the name. */
const { client: before } = ((globalThis as { assay?: unknown }).assay ?? {}) as { client?: Partial<Client> }
const isThere = before?.options?.url === url && before?.options?.key === key && before?.options?.app === app

/** The client of the tag's own `data-url`, `data-key` and `data-app`, where it has them; a tag that is there twice has one. */
export const client =
  url && key && app ? (isThere ? (before as Client) : createClient({ url, key, app, consent })) : undefined

interface DataAttributes {
  url?: string
  key?: string
  app?: string
  consent?: Consent
}
