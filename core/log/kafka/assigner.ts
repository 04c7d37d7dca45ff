import kafkajs, { type PartitionAssigner } from 'kafkajs'
import type { Topic } from '../log.js'
import type { Cluster } from './cluster.js'
import { share } from './share.js'

const { AssignerProtocol } = kafkajs
const { MemberAssignment, MemberMetadata } = AssignerProtocol

/**
 * Who leads the group shares its topic's partitions: each member says which it has, and keeps what it can. kafkajs's own
 * deals them anew, so that a member that comes or goes moves most of the others' partitions.
 * @param held the partitions this member has now
 */
export const stickyAssigner =
  (topic: Topic, held: () => readonly number[]): PartitionAssigner =>
  ({ cluster }) => ({
    name: 'assay-sticky',
    version: 1,
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(held()))
      return { name: this.name, metadata: MemberMetadata.encode({ version: this.version, topics, userData }) }
    },
    async assign({ members }) {
      const partitions = (cluster as unknown as Cluster).findTopicPartitionMetadata(topic).map((p) => p.partitionId)
      const own = new Map(members.map((m) => [m.memberId, partitionsOf(m.memberMetadata)]))
      return [...share(partitions, own)].map(([memberId, shared]) => {
        const assignment = { [topic]: shared }
        return {
          memberId,
          memberAssignment: MemberAssignment.encode({ version: this.version, assignment, userData: Buffer.alloc(0) }),
        }
      })
    },
  })

/** What a member says it has; nothing if it says nothing that is known here. */
function partitionsOf(metadata: Buffer): number[] {
  try {
    const said: unknown = JSON.parse(String(MemberMetadata.decode(metadata)?.userData))
    return Array.isArray(said) ? said.filter((p) => Number.isInteger(p)) : []
  } catch {
    return []
  }
}
