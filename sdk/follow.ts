import type { Visitor } from './visitor.js'

/** The methods of whoever is the user of the page at that moment, also where they are held apart from it. */
export const follow = (current: () => Visitor): Omit<Visitor, 'user'> => ({
  assign: (testId) => current().assign(testId),
  peek: (testId) => current().peek(testId),
  explain: (testId) => current().explain(testId),
  track: (...told) => current().track(...told),
  report: (...told) => current().report(...told),
  identify: (known) => current().identify(known),
})
