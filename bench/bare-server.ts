import Fastify from 'fastify'

/** Parses and answers, nothing else. */
const server = Fastify()
server.post('/v1/events', (request, reply) => {
  const { body } = request
  reply.code(202).send({ accepted: Array.isArray(body) ? body.length : 1, rejected: [] })
})
process.send!({ url: await server.listen({ host: '127.0.0.1', port: 0 }), keys: { write: '', read: '', admin: '' } })
process.on('SIGTERM', () => process.exit(0))
