/** The same items in an order of which each is as likely (Fisher and Yates, as Durstenfeld 1964 has it). */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
