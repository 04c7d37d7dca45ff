/**
 * The error catalogue: every refusal and failure that leaves Assay has a code here, an HTTP status, and a message
 * that says what was expected, what came and what to do. `docs/errors.md` is held to this table by a test.
 */
interface Entry {
  status: number
  /** Whether the same request may succeed later, unchanged. */
  retriable: boolean
  title: string
  /** What the reader should do about it. */
  advice: string
}

export const catalogue = {
  'body-not-json': entry(
    400,
    'The body is not JSON',
    'Send UTF-8 JSON: one event, an array of events, or {sentAt, events}; docs/formats.md has other formats.',
  ),
  'body-not-utf8': entry(400, 'The body is not valid UTF-8', 'Encode the body as UTF-8.'),
  'body-empty': entry(400, 'The body holds no event', 'Send at least one event.'),
  'body-too-large': entry(413, 'The body is too large', 'Send fewer events in a request.'),
  'body-not-gzip': entry(400, 'The body cannot be decompressed', 'Compress with gzip, or leave Content-Encoding out.'),
  'batch-invalid': entry(
    400,
    'The batch is not valid',
    'Send {sentAt, events}: sentAt in Unix ms, events an array; docs/formats.md has other formats.',
  ),
  'batch-too-long': entry(413, 'Too many events in one request', 'Split the batch.'),
  'content-type-unsupported': entry(
    415,
    'The content type is not supported',
    'Use application/json, a type of CloudEvents, or text/plain from sendBeacon.',
  ),
  'encoding-unsupported': entry(415, 'The content encoding is not supported', 'Use gzip or none.'),
  'event-invalid': entry(400, 'The event is not valid', 'Correct the field named in the message.'),
  'event-too-large': entry(400, 'The event is too large', 'Shorten props or names.'),
  'name-reserved': entry(400, 'Names starting with $ are reserved', 'Choose a name that does not start with $.'),
  'too-many-tests': entry(
    400,
    'The app has too many tests',
    'Reuse or archive tests; test ids are not for per-user values.',
  ),
  'too-many-metrics': entry(
    400,
    'The app has too many metrics',
    'Redefine one of them; metrics that belong to one test stand in its definition.',
  ),
  'too-many-apps': entry(400, 'There are too many apps', 'Reuse an app; app names are not for per-user values.'),
  'no-valid-event': entry(400, 'No event of the request is valid', 'See rejected for each event’s reason.'),
  'key-missing': entry(401, 'A key is needed', 'Send Authorization: Bearer KEY, or ?key=KEY.'),
  'key-invalid': entry(
    401,
    'The key is not known',
    'Check the key; `assay up` prints its data directory, where keys.json holds them.',
  ),
  'key-forbidden': entry(403, 'The key does not allow this', 'Use a key of the kind named in the message.'),
  'app-forbidden': entry(
    403,
    'The key is for another app',
    'Use the key of that app, or one for all apps where that is what is asked.',
  ),
  'rate-limited': entry(429, 'Too many events from this key', 'Wait as Retry-After says, then send again.', true),
  'queue-full': entry(503, 'The server is busy', 'Wait as Retry-After says, then send again.', true),
  'log-unavailable': entry(
    503,
    'The event log cannot store events now',
    'Nothing of this request was acknowledged; send it again as Retry-After says.',
    true,
  ),
  'store-unavailable': entry(
    503,
    'The store cannot answer now',
    'Try again shortly; events are kept in the log meanwhile.',
    true,
  ),
  'not-ready': entry(
    503,
    'The process cannot do its work now',
    'See the message for what it lacks; it goes on trying.',
    true,
  ),
  'shutting-down': entry(503, 'The server is stopping', 'Send again to the server that takes over.', true),
  'app-not-found': entry(404, 'No such app', 'GET /v1/apps lists the apps that have sent events.'),
  'test-not-found': entry(404, 'No such test', 'GET /v1/apps/APP/tests lists the tests of an app.'),
  'metric-not-found': entry(404, 'No such metric', 'GET /v1/apps/APP/metrics lists the metrics of an app.'),
  'branch-not-found': entry(404, 'No such branch', 'Name one of the branches in the message.'),
  'definition-invalid': entry(400, 'The definition is not valid', 'Correct the field named in the message.'),
  'version-mismatch': entry(
    412,
    'The definition has another version',
    'GET it, decide again, and send its ETag in If-Match; what is new is sent without.',
  ),
  'transition-invalid': entry(
    409,
    'The test does not stand where this is possible',
    'See the message for where it must stand; what is archived stays so.',
  ),
  'config-too-large': entry(
    409,
    'Clients would get too much',
    'Archive tests of the app, or make branches and targeting shorter.',
  ),
  'too-many-streams': entry(
    503,
    'Too many clients wait here for changes',
    'Ask now and then instead, or come back as Retry-After says.',
    true,
  ),
  'query-invalid': entry(400, 'The query is not valid', 'Correct the parameter named in the message.'),
  'too-many-exports': entry(
    503,
    'Too many long answers are being made',
    'Wait for one to end, then come back as Retry-After says.',
    true,
  ),
  'sql-off': entry(403, 'SQL is not open to analysts here', 'Set ASSAY_SQL=on where the query API runs.'),
  'sql-invalid': entry(400, 'The SQL is not valid', 'Correct what the message quotes.'),
  'sql-forbidden': entry(
    403,
    'The SQL asks for more than it may',
    'Ask the tables named in docs/export.md, by one SELECT.',
  ),
  'query-too-large': entry(
    422,
    'The query takes more than is allowed',
    'Ask for fewer rows or a shorter time; nothing was cut off.',
  ),
  'route-not-found': entry(404, 'No such address', 'GET /v1/openapi.json lists the addresses.'),
  'replay-incomplete-log': entry(
    409,
    'The log does not reach back to its first event',
    'A replay needs the whole log; restore it from a backup.',
  ),
  'log-incomplete': entry(
    500,
    'The log lacks records that were asked for',
    'Restore the log from a backup; it must be kept for ever, or as long as nothing reads that far back.',
  ),
  'topic-mismatch': entry(
    500,
    'A topic contradicts what the log promises',
    'Correct the topic, or name another Kafka; records may be lost or out of order otherwise.',
  ),
  'replay-overtaken': entry(
    409,
    'Another replay has begun',
    'It goes on from where this one was, if both have the same id window and version; wait for it to end.',
  ),
  'replay-running': entry(409, 'A replay is running already', 'Wait for it to end.'),
  'config-invalid': entry(500, 'The configuration is not valid', 'Correct the variable named in the message.'),
  'data-in-use': entry(
    500,
    'The data directory is in use',
    'A data directory belongs to one process: stop the other one, or choose another with --data.',
  ),
  'store-sharded': entry(
    500,
    'Aggregators cannot write to a cluster of several shards yet',
    'Name a cluster of one shard, with as many replicas as you like.',
  ),
  'schema-newer': entry(
    500,
    'The store was made by a newer version',
    'Start the version that made it, or a newer one.',
  ),
  'schema-changed': entry(
    500,
    'The store has a schema of another make',
    'Start the version that made it, with its ASSAY_CLUSTER; or start on an empty store, which is filled from the log.',
  ),
  'engine-missing': entry(
    500,
    'An embedded engine is not installed',
    'Install the optional packages as well (npm ci without --omit=optional), or set KAFKA_BROKERS and CLICKHOUSE_URL.',
  ),
  'backup-damaged': entry(
    500,
    'The backup is damaged or incomplete',
    'Restore another copy of it; of this one nothing was restored.',
  ),
  'backup-newer': entry(500, 'The backup is of a newer Assay', 'Restore it with the version named in the message.'),
  'backup-elsewhere': entry(
    409,
    'Log or store are not in the data directory',
    'Kafka and ClickHouse have backups of their own; see docs/backup.md.',
  ),
  'folder-taken': entry(409, 'The folder is taken', 'Name one that does not exist; a restore also takes an empty one.'),
  'folder-unwritable': entry(500, 'The folder cannot be written', 'Make room, or name one that you may write to.'),
  internal: entry(500, 'Something went wrong inside', 'Look in the server’s log for this request’s id.'),
} satisfies Record<string, Entry>

export type ErrorCode = keyof typeof catalogue

function entry(status: number, title: string, advice: string, retriable = false): Entry {
  return { status, title, advice, retriable }
}

/** An error of the catalogue. `detail` says what was expected and what came. */
export class AssayError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retriable: boolean
  /** Seconds to wait before a retry, for `Retry-After`. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AssayError'
    this.code = code
    this.status = catalogue[code].status
    this.retriable = catalogue[code].retriable
    this.retryAfter = options.retryAfter ?? (this.retriable ? 1 : undefined)
  }
}

/** Of work that was given up, because whoever waited for it went, or the server goes. */
export const stopped = (cause: unknown) =>
  new AssayError('shutting-down', 'Expected to be waited for; the connection or the server is closing.', { cause })

/** RFC 9457 problem details. */
export interface Problem {
  type: string
  title: string
  status: number
  code: ErrorCode
  detail: string
  advice: string
}

/** The problem+json body of an error; anything outside the catalogue becomes `internal` and keeps its words to itself. */
export function toProblem(error: unknown): Problem {
  const known =
    error instanceof AssayError ? error : new AssayError('internal', 'The server failed to handle the request.')
  const { title, advice } = catalogue[known.code]
  return {
    type: `urn:assay:error:${known.code}`,
    title,
    status: known.status,
    code: known.code,
    detail: known.message,
    advice,
  }
}
