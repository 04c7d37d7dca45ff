import { readFileSync } from 'node:fs'

/** Loaded before a stage: its clock jumps by as many milliseconds as the file says whenever it gets a SIGUSR2. */
const now = Date.now
let off = 0
process.on('SIGUSR2', () => {
  off = Number(readFileSync(process.env.TEST_CLOCK!, 'utf8'))
})
Date.now = () => now() + off
