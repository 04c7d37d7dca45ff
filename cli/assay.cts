#!/usr/bin/env node
// The embedded engine runs each query on a thread of libuv's pool, whose size is read once, before any module loads
// asynchronously: so it is set here, in CommonJS, before the rest is imported.
process.env.UV_THREADPOOL_SIZE ??= '16'
import('./main.js')
