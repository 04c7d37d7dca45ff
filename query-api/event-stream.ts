/** Headers of server-sent events. */
export const eventStream = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  // Kept alive after its end, the connection would hold up a server that is closing.
  connection: 'close',
}
