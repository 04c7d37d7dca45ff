import { startBroker } from '@assay/infra/kafka/broker'
import { freePorts } from '@assay/infra/kafka/port'
import { oneNode } from '@assay/infra/kafka/properties'
import { release } from '@assay/infra/kafka/versions'

export interface Kafka {
  brokers: string
  stop: () => Promise<void>
}

/** A Kafka to test with: that of KAFKA_BROKERS, else one in Docker, else one of this machine's Java. */
export async function kafkaBrokers(): Promise<Kafka> {
  const given = process.env.KAFKA_BROKERS
  if (given !== undefined) return { brokers: given, stop: async () => {} }
  return (await dockerBroker()) ?? (await startBroker())
}

async function dockerBroker(): Promise<Kafka | null> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  try {
    await getContainerRuntimeClient()
  } catch {
    return null
  }
  const ports = await freePorts()
  const port = ports.broker
  const container = await new GenericContainer(`apache/kafka:${release('4')}`)
    // Clients are told the address they shall use, so the port must be the same outside.
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(environment(oneNode(ports, '0.0.0.0')))
    .withWaitStrategy(Wait.forLogMessage('Kafka Server started'))
    .start()
  return {
    brokers: `127.0.0.1:${port}`,
    stop: async () => {
      await container.stop()
    },
  }
}

/** Properties as the image takes them: `node.id` is KAFKA_NODE_ID. */
function environment(properties: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`,
      String(value),
    ]),
  )
}
