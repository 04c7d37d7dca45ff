import type { Fault } from './fault.js'
import { kafkaFaults } from './kafka-faults.js'
import { processFaults } from './process-faults.js'
import { recordFaults } from './record-faults.js'
import { storeFaults } from './store-faults.js'

/** By name; a run picks among them all alike. */
export const faults: Record<string, Fault> = { ...processFaults, ...kafkaFaults, ...storeFaults, ...recordFaults }
