import { type Decisions, isUser, MASTER } from '../decide/decisions.js'
import { formatAssignment, parseAssignment } from './assignment.js'

export type Location = 'master' | 'canary'

/** What a request is answered with: what to send with the next one, and where this one goes. */
export interface SocketAnswer {
  assignment: string
  location: Location
  /** What was wrong with the request. */
  error?: string
}

/** A request that names a user in place of a number. */
const USER = 'user='

/**
 * The answer to one request, its newline left out: nothing for a new number, a number that was given before, or
 * `user=ID`. What is neither gets a new number, and master whatever the rollout is.
 */
export function answer(request: string, decisions: Decisions, testId?: string, random = Math.random): SocketAnswer {
  if (request.startsWith(USER)) {
    const user = request.slice(USER.length)
    if (!isUser(user)) return refuse('expected 1 to 256 printable characters after user=', random)
    return { assignment: request, location: locationOf(!decisions.ofUser({ user }, testId).isControl) }
  }
  const number = request === '' ? random() : parseAssignment(request)
  if (number === null) return refuse('expected a number, or user=ID', random)
  if (number < 0 || number >= 1) return refuse('expected a number of [0, 1)', random)
  return { assignment: formatAssignment(number), location: locationOf(number < decisions.rollout(testId)) }
}

const locationOf = (isCanary: boolean): Location => (isCanary ? 'canary' : MASTER)

const refuse = (error: string, random: () => number): SocketAnswer => ({
  assignment: formatAssignment(random()),
  location: MASTER,
  error,
})
