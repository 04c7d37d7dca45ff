import type { Branch } from '@assay/core/assign'
import type { Attributes, Condition } from '@assay/core/condition'
import { type ClientTest, coverage, holdout, type Subject } from '@assay/core/decide'

export interface Question {
  testId: string
  test: ClientTest
  subject: Subject
}

const VERSIONS = ['10', '2.9', '2.10', 'v2.10.0+a', '2.10-beta', '2.010', '2.10-rc.1', '2..1']
/** UTF-16 orders the last two otherwise than code points do. */
const LETTERS = ['', 'de', 'Zoë', '🦊', 'ｚ']
const WORDS = [...LETTERS, ...VERSIONS]
const NUMBERS = [0, 1, -1.5, 1e21]
const ATTRIBUTES = ['a', 'b', 'constructor']

/** Asks who has which branch, at random and of every feature of a test, with odd texts and values. */
export class Questions {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  next(): Question {
    const testId = this.#pick('t', 'prix-€', '漢字', '\ud83d')
    const letters = this.#some(12, () => this.#pick('u', '7', 'é', '漢', '🦊', '\udc00', ' '))
    const subject = {
      user: letters.join(''),
      attributes: this.#attributes(),
      ...this.#maybe('forced', () => ({ [testId]: this.#branch() })),
      ...this.#maybe('sticky', () => ({ [testId]: this.#branch() })),
    }
    return { testId, test: this.#test(testId), subject }
  }

  #test(testId: string): ClientTest {
    const branches: Branch[] = Array.from({ length: 1 + this.#below(5) }, (_, i) => ({
      name: `b${i}`,
      weight: this.#below(4),
    }))
    const range = () => this.#pick(coverage(testId, this.#random()), holdout('all', this.#random()))
    return {
      branches,
      ...this.#maybe('control', () => branches.at(-1)!.name),
      ...this.#maybe('within', () => this.#some(2, range)),
      ...this.#maybe('targeting', () => this.#condition(2)),
      ...this.#maybe('sticky', () => true),
      ...(this.#below(9) === 0 && { ship: this.#branch() }),
    }
  }

  #condition(depth: number): Condition {
    const inner = () => [this.#pick('$and', '$or', '$nor'), this.#some(2, () => this.#condition(depth - 1))]
    const named = () => [this.#pick(...ATTRIBUTES), this.#wanted()]
    return Object.fromEntries([...this.#some(2, named), ...(depth > 0 ? this.#some(1, inner) : [])])
  }

  #wanted(): unknown {
    const operands: [operators: string[], operand: () => unknown][] = [
      [['$eq', '$ne'], this.#scalar],
      [['$in', '$nin'], () => this.#some(3, this.#scalar)],
      [['$gt', '$gte', '$lt', '$lte'], () => this.#pick<string | number>(...LETTERS, ...NUMBERS)],
      [['$startsWith', '$endsWith', '$contains'], () => this.#pick(...WORDS)],
      [['$versionGte', '$versionLt'], () => this.#pick(...VERSIONS)],
      [['$exists'], () => this.#below(2) === 0],
    ]
    if (this.#below(3) === 0) return this.#pick<unknown>(this.#scalar(), this.#some(3, this.#scalar))
    const [operators, operand] = this.#pick(...operands)
    return { [this.#pick(...operators)]: operand() }
  }

  #attributes(): Attributes {
    const value = () => this.#pick<Attributes[string]>(this.#scalar(), null, this.#some(2, this.#scalar))
    return Object.fromEntries(this.#some(3, () => [this.#pick(...ATTRIBUTES), value()]))
  }

  #scalar = (): string | number | boolean => this.#pick<string | number | boolean>(...WORDS, ...NUMBERS, true, false)
  #branch = () => this.#pick('b0', 'b1', 'b4')
  #below = (n: number) => Math.floor(this.#random() * n)
  #pick = <T>(...of: T[]): T => of[this.#below(of.length)]!
  #some = <T>(most: number, make: () => T): T[] => Array.from({ length: this.#below(most + 1) }, make)
  #maybe = <T>(name: string, make: () => T) => (this.#below(3) === 0 ? { [name]: make() } : {})
}
