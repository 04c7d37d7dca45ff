/** Facts of late, the least recently said of which are forgotten where there are too many. */
export class Recent {
  /** By fact, when it is forgotten. */
  private readonly facts = new Map<string, number>()

  constructor(
    private readonly most: number,
    private readonly milliseconds: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Whether it has not been said of late; from now on it has. */
  isNew(fact: string): boolean {
    const until = this.facts.get(fact)
    const isKnown = until !== undefined && until > this.clock()
    this.facts.delete(fact)
    this.facts.set(fact, isKnown ? until : this.clock() + this.milliseconds)
    if (this.facts.size > this.most) this.facts.delete(this.facts.keys().next().value!)
    return !isKnown
  }
}
