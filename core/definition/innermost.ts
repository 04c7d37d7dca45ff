import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What is wrong with a value that could be one thing or another: the complaint of the one that it comes nearest to. */
export function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const inner = issue.errors.flatMap(([first]) => (first === undefined ? [] : [innermost(first)]))
  const [deepest] = inner.sort((a, b) => b.path.length - a.path.length)
  if (deepest === undefined || deepest.path.length === 0) return issue
  return { ...deepest, path: [...issue.path, ...deepest.path] } as Issue
}
