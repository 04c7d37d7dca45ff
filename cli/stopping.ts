import type { FastifyInstance } from 'fastify'

/** Tells whether the server is being stopped. */
export function stoppingOf(server: FastifyInstance): () => boolean {
  let stopping = false
  server.addHook('preClose', (done) => {
    stopping = true
    done()
  })
  return () => stopping
}
