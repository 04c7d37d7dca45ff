/**
 * Shares partitions evenly, and leaves each member as many of its own as evenness allows: what a member keeps goes on
 * undisturbed, what it gets anew must first be recovered.
 * @param own by member, the partitions it has now; of two who say so the first in order is believed
 */
export function share(
  partitions: readonly number[],
  own: ReadonlyMap<string, readonly number[]>,
): Map<string, number[]> {
  const left = new Set(partitions)
  const held = new Map<string, number[]>()
  for (const member of [...own.keys()].sort())
    held.set(
      member,
      own.get(member)!.filter((p) => left.delete(p)),
    )
  const least = Math.floor(partitions.length / held.size)
  let larger = partitions.length % held.size
  // Those with most first: they may be the ones who have one more than the others.
  for (const kept of [...held.values()].sort((a, b) => b.length - a.length)) {
    const most = larger > 0 && kept.length > least ? least + 1 : least
    if (most > least) larger -= 1
    for (const partition of kept.splice(most)) left.add(partition)
  }
  for (const partition of [...left].sort((a, b) => a - b)) {
    const [poorest] = [...held.values()].sort((a, b) => a.length - b.length)
    poorest!.push(partition)
  }
  return held
}
