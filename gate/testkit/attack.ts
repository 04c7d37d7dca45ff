import { hostileDoors, httpInput, randomBy, send, socketInput, wrongOfHttp, wrongOfSocket } from './hostile.js'
import { hostileProxy, proxyInput, sendAndWait, wrongOfProxy } from './hostile-proxy.js'

/** Milliseconds after which a socket that asked for nothing is closed. */
const DEADLINE = 990
/** Inputs under way at once. */
const AT_ONCE = 32

type Random = () => number

interface Siege {
  send(bytes: Buffer): Promise<string>
  make(random: Random): Buffer
  wrongOf(bytes: Buffer, answer: string): string
  /** Of what the apps behind the door saw, what is wrong. */
  seen: readonly string[]
  /** What is asked at the end, and how that is answered. */
  well: [bytes: string, answer: RegExp]
  close(): Promise<void>
}

/** Doors of a test whose users all have the canary: whoever has not is there because of what was sent. */
const sieges: Record<'socket' | 'http' | 'proxy', () => Promise<Siege>> = {
  async socket() {
    const { path, close } = await hostileDoors()
    const well: Siege['well'] = ['0.2\n', /^0.2\ncanary\n\n$/]
    return { send: (bytes) => send(path, bytes), make: socketInput, wrongOf: wrongOfSocket, seen: [], well, close }
  },
  async http() {
    const { port, close } = await hostileDoors()
    const well: Siege['well'] = [`GET /v1/gate/shop ${HTTP}`, /x-assay-branch: next/i]
    return { send: (bytes) => send(port, bytes), make: httpInput, wrongOf: wrongOfHttp, seen: [], well, close }
  },
  async proxy() {
    const { port, seen, close } = await hostileProxy()
    const well: Siege['well'] = ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', /x-app: canary/i]
    return { send: (bytes) => sendAndWait(port, bytes), make: proxyInput, wrongOf: wrongOfProxy, seen, well, close }
  },
}
const HTTP = 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** Sends so many inputs of a seed to a door; then asks it as others do. @returns what was wrong, with the bytes in base64 */
export async function attack(kind: keyof typeof sieges, inputs: number, seed: number): Promise<string[]> {
  const random = randomBy(seed)
  const { send, make, wrongOf, seen, well, close } = await sieges[kind]()
  const found: string[] = []
  let left = inputs
  const work = async () => {
    while (left-- > 0) {
      const bytes = make(random)
      const sent = performance.now()
      const answer = await send(bytes)
      // Doors and attackers share this process: what kept it busy for longer than the deadline leaves no answer.
      const isLate = answer === '' && performance.now() - sent > DEADLINE
      const wrong = isLate ? '' : wrongOf(bytes, answer)
      if (wrong !== '') found.push(`${wrong} ${bytes.toString('base64').slice(0, 2000)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const answer = await send(Buffer.from(well[0]))
  if (!well[1].test(answer)) found.push(`afterwards: ${answer}`)
  await close()
  return [...found, ...seen]
}
