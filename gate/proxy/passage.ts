import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { type Duplex, PassThrough } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Outcome } from '../report/reporter.js'
import type { Choice } from './choice.js'
import { hasBody, responseHeaders } from './headers.js'

/** What a passage needs, and whom it tells. */
export interface Ways {
  choice: Choice
  /** The same request as the control gets it. */
  toControl(): Choice
  /** The request is on its way. */
  sent(choice: Choice): void
  /** Its branch answers, or fails, whoever answers in its place. */
  served(choice: Choice): void
  /** The request came to its end, once; what the control answers in place of another branch is not told of. */
  ended(choice: Choice, outcome: Outcome, milliseconds: number): void
  /** Takes the connection where the upstream changes to WebSocket; only then is that asked for. */
  upgraded?(headers: string[], upstream: Duplex): void
}

type Controller = Dispatcher.DispatchController

/** What may be sent twice (RFC 9110, 9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])
/** How a connection fails that the other side has closed. */
const closed = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
const late = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])
/** What cannot be sent on, by the sender's fault. */
const malformed = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_NOT_SUPPORTED'])

/** What Node takes for a reason phrase; apps say others, and what they mean is in the status. */
const SAYABLE = /^[\t\x20-\x7e\x80-\xff]+$/

/** One request on its way to its upstream, or once more to the control, and the answer on its way back. */
export class Passage implements Dispatcher.DispatchHandler {
  private readonly begun = performance.now()
  private choice: Choice
  /** Of the upstream's connection, from when the request goes onto it. */
  private controller: Controller | undefined
  private body: PassThrough | null = null
  private isSecond = false
  private isBodyTaken = false
  private hasWritten = false
  private isSettled = false
  /** Whether nobody waits for the response any more. */
  private isGone = false

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly ways: Ways,
  ) {
    this.choice = ways.choice
  }

  begin(): void {
    const { request, response } = this
    const end = () => this.end()
    response.on('close', end)
    // One that waits for others of its connection has none of its own, and does not hear that it closes.
    if (response.socket === null) {
      request.socket.setMaxListeners(0).on('close', end)
      response.on('close', () => request.socket.off('close', end))
    }
    this.ways.sent(this.choice)
    this.send()
  }

  private send(): void {
    this.controller = undefined
    this.body = hasBody(this.request) ? new PassThrough() : null
    // That it is given up is told of by the response.
    this.body?.on('error', () => {})
    const method = this.request.method as Dispatcher.HttpMethod
    const upgrade = this.ways.upgraded === undefined ? null : 'websocket'
    const { upstream, headers } = this.choice
    upstream.dispatch({ method, path: this.request.url!, headers, body: this.body, upgrade }, this)
  }

  onRequestStart(controller: Controller): void {
    this.controller = controller
    if (this.isGone) return void controller.abort(new Error('the client is gone'))
    if (this.body === null || this.isBodyTaken) return
    this.isBodyTaken = true
    this.request.pipe(this.body)
  }

  onRequestUpgrade(controller: Controller, _status: number, _headers: object, upstream: Duplex): void {
    this.ways.served(this.choice)
    this.settle('ok')
    this.ways.upgraded!(responseHeaders(rawOf(controller), this.choice.visited.cookie), upstream)
  }

  onResponseStart(controller: Controller, status: number, _headers: object, message?: string): void {
    // What is said before the response is of this connection alone.
    if (status < 200) return
    const reason = SAYABLE.test(message ?? '') ? message! : ''
    this.response.writeHead(status, reason, responseHeaders(rawOf(controller), this.choice.visited.cookie))
    this.ways.served(this.choice)
    // Headers go with the first bytes of the body, unless these come later.
    process.nextTick(() => this.hasWritten || this.response.flushHeaders())
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.hasWritten = true
    if (this.response.write(chunk)) return
    controller.pause()
    this.response.once('drain', () => controller.resume())
  }

  onResponseEnd(): void {
    this.hasWritten = true
    this.response.end()
    this.leaveBody()
  }

  onResponseError(_controller: Controller, error: NodeJS.ErrnoException): void {
    const { response } = this
    if (this.isGone) return
    if (response.headersSent) {
      this.settle('error')
      response.destroy()
    } else if (malformed.has(error.code!)) this.answer(400, 'The request cannot be passed on.')
    else if (this.mayGoOn(error)) this.sendToControl()
    else this.fail(error)
  }

  /** Once more at the most; where the branch may have done something already, only what may be done twice. */
  private mayGoOn({ code }: NodeJS.ErrnoException): boolean {
    if (this.isSecond) return false
    const isElsewhere = this.choice.upstream !== this.ways.toControl().upstream
    if (this.controller === undefined) return isElsewhere
    return this.body === null && closed.has(code!) && idempotent.has(this.request.method!)
  }

  private sendToControl(): void {
    this.isSecond = true
    const control = this.ways.toControl()
    if (this.choice.upstream !== control.upstream) {
      // Leaving out users whom their branch failed would count those alone with whom it did well.
      this.ways.served(this.choice)
      this.settle('error')
      this.choice = control
    }
    this.send()
  }

  private fail({ code }: NodeJS.ErrnoException): void {
    this.ways.served(this.choice)
    this.settle('error')
    if (late.has(code!)) this.answer(504, 'The application did not answer in time.')
    else this.answer(502, 'The application cannot be reached.')
  }

  private answer(status: number, text: string): void {
    this.hasWritten = true
    this.response
      .writeHead(status, STATUS_CODES[status], { 'Content-Type': 'text/plain', 'Content-Length': text.length + 1 })
      .end(`${text}\n`)
    this.leaveBody()
  }

  /** What is left of a body that nobody reads any more must not hold up the connection. */
  private leaveBody(): void {
    if (this.body === null || this.request.readableEnded) return
    this.request.unpipe(this.body)
    this.request.resume()
  }

  /** The response is out, or whom it was for is gone. */
  private end(): void {
    if (this.response.writableFinished) return void this.settle(outcomeOf(this.response.statusCode))
    this.isGone = true
    this.settle('abandoned')
    this.controller?.abort(new Error('the client is gone'))
  }

  private settle(outcome: Outcome): void {
    if (this.isSettled) return
    this.isSettled = true
    this.ways.ended(this.choice, outcome, performance.now() - this.begun)
  }
}

const outcomeOf = (status: number): Outcome => (status >= 500 ? 'error' : status >= 400 ? 'user_error' : 'ok')

const rawOf = ({ rawHeaders }: Controller) => (rawHeaders as Buffer[]).map((bytes) => bytes.toString('latin1'))
