import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Config } from '@assay/core/config/config'
import { AddressRefused, checkHost, guardedLookup, type Resolve } from './address.js'

/** Milliseconds for all of a request, from the name's look-up to the answer's end. */
const TIMEOUT = 10_000
/** Bytes of an answer that are read; what it says is not looked at. */
const ANSWER = 64 * 1024

/** Of one step of a rollout, the same for all receivers and each time. */
export interface Message {
  /** By which receivers know a repeat. No full stop may be in it: that separates what is signed. */
  id: string
  /** JSON. */
  body: string
}

export interface WebhookOptions {
  /** As Standard Webhooks write it, `whsec_` and base64; while it is changed, two with a space between. */
  secret: string
  /** Whether addresses of one's own network and machine may be sent to. */
  allowPrivate: boolean
  /** Unix milliseconds. */
  now: number
  signal?: AbortSignal
  /** Milliseconds. */
  timeout?: number
  resolve?: Resolve
}

/** What became of one attempt. */
export interface Answer {
  verdict: 'taken' | 'again' | 'refused' | 'gone'
  why: string
  /** Milliseconds for which the receiver wants to be left alone. */
  after?: number | undefined
}

export type Send = (url: string, message: Message, signal: AbortSignal) => Promise<Answer>

/** How webhooks are sent by a server's configuration; null without a secret: unsigned ones nobody could believe. */
export function webhookSender(config: Config): Send | null {
  const { ASSAY_WEBHOOK_SECRET: secret, ASSAY_WEBHOOK_PRIVATE: allowPrivate } = config
  if (secret === '') return null
  return (url, message, signal) => sendWebhook(url, message, { secret, allowPrivate, now: Date.now(), signal })
}

/** Posts a message once, signed by Standard Webhooks 1.0.0; follows no redirects. Resolves whatever happens. */
export async function sendWebhook(url: string, message: Message, options: WebhookOptions): Promise<Answer> {
  try {
    const { statusCode = 0, headers } = await post(new URL(url), message, options)
    return answerOf(statusCode, headers['retry-after'], options.now)
  } catch (error) {
    const { message } = error as Error
    return { verdict: error instanceof AddressRefused ? 'refused' : 'again', why: message }
  }
}

async function post(url: URL, message: Message, options: WebhookOptions): Promise<IncomingMessage> {
  const { allowPrivate, resolve, timeout = TIMEOUT } = options
  checkHost(url, allowPrivate)
  const limits = [AbortSignal.timeout(timeout), ...(options.signal ? [options.signal] : [])]
  const signal = AbortSignal.any(limits)
  const { request } = url.protocol === 'https:' ? https : http
  // An agent of its own: a connection that another request left open was checked by nobody here.
  const own = { agent: false, lookup: guardedLookup(allowPrivate, resolve) }
  const sent = request(url, { ...own, method: 'POST', headers: headersOf(message, options), signal })
  // One that comes behind the answer's head changes nothing, and must not end the process.
  sent.on('error', () => {})
  sent.end(message.body)
  const [response] = await once(sent, 'response', { signal })
  await drain(response)
  return response
}

function headersOf({ id, body }: Message, { secret, now }: WebhookOptions): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'content-type': 'application/json',
    'user-agent': 'Assay',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secret
      .split(' ')
      .map((one) => `v1,${mac(one, `${id}.${timestamp}.${body}`)}`)
      .join(' '),
  }
}

const mac = (secret: string, text: string) =>
  createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    .update(text)
    .digest('base64')

/** The status is known by now: how the rest of the answer ends does not matter. */
async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += chunk.length
      if (bytes >= ANSWER) break
    }
  } catch {}
}

function answerOf(status: number, retryAfter: string | undefined, now: number): Answer {
  const why = `It answered ${status}.`
  if (status >= 200 && status < 300) return { verdict: 'taken', why }
  if (status === 410) return { verdict: 'gone', why }
  const isTransient = [408, 425, 429].includes(status) || status >= 500
  return isTransient ? { verdict: 'again', why, after: waitOf(retryAfter, now) } : { verdict: 'refused', why }
}

/** Milliseconds that `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3). */
function waitOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined
  const wait = /^\d+$/.test(retryAfter) ? 1000 * Number(retryAfter) : Date.parse(retryAfter) - now
  return wait > 0 ? wait : undefined
}
