import { hostileDoors, httpInput, randomBy, send, socketInput, wrongOfHttp, wrongOfSocket } from './hostile.js'

/** Inputs under way at once. */
const AT_ONCE = 32

/** Sends so many inputs of a seed to a door; then asks it as others do. @returns what was wrong, with the bytes in base64 */
export async function attack(kind: 'socket' | 'http', inputs: number, seed: number): Promise<string[]> {
  const random = randomBy(seed)
  const doors = await hostileDoors()
  const [door, make, wrongOf] =
    kind === 'socket'
      ? ([doors.path, socketInput, wrongOfSocket] as const)
      : ([doors.port, httpInput, wrongOfHttp] as const)
  const found: string[] = []
  let left = inputs
  const work = async () => {
    while (left-- > 0) {
      const bytes = make(random)
      const wrong = wrongOf(bytes, await send(door, bytes))
      if (wrong !== '') found.push(`${wrong} ${bytes.toString('base64').slice(0, 2000)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const well = await send(doors.path, Buffer.from('0.2\n'))
  if (well !== '0.2\ncanary\n\n') found.push(`afterwards: ${well}`)
  const told = await send(doors.port, Buffer.from('GET /v1/gate/shop HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
  if (!/x-assay-branch: next/i.test(told)) found.push(`afterwards: ${told}`)
  await doors.close()
  return found
}
