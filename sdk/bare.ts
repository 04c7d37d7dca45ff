import { createDelivery, type Delivery } from './delivery/delivery.js'
import { createGuard } from './guard.js'
import type { BareOptions, Tests } from './options.js'
import { createVisitor, type Subject, type Surroundings, type Visitor } from './visitor.js'

/** One user's visitor, and those of others. */
export interface BareClient extends Visitor {
  /** One of many users, as on a server. */
  visitor(subject: Subject): Visitor
  /** Tries to send all that waits. */
  flush(): Promise<void>
  /** Sends what waits, once. */
  close(): Promise<unknown>
}

/** The smallest client: users and tests are given, nothing is stored or looked up. It never throws. */
export function createBareClient(options: BareOptions): BareClient {
  const guard = createGuard(options.onError)
  const { add, flush, close } = createDelivery(options, guard)
  const around = surround(options.config?.tests ?? {}, add)
  const visitor = (subject: Subject) => createVisitor(subject, options, guard, around)
  return { ...visitor(options), visitor, flush, close }
}

/** What all users of a client share. */
export function surround(tests: Tests, send: Delivery['add']): Surroundings {
  const remembered = 10_000
  const said = new Set<string>()
  return {
    tests,
    changes: 0,
    send,
    isNew(fact) {
      if (said.size >= remembered) said.clear()
      return said.size < said.add(fact).size
    },
  }
}
