import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/**
 * What is wrong with a value that could be one thing or another: the complaint of the one that it comes nearest to; that
 * it is neither, where none is nearer.
 */
export function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const options = issue.errors.flatMap((issues) => (issues[0] === undefined ? [] : [ofOption(issues[0], issues)]))
  const [nearest, next] = options.sort((a, b) => b.depth - a.depth || a.strange - b.strange)
  if (nearest === undefined || nearest.depth === 0) return issue
  if (next !== undefined && next.strange === nearest.strange && next.depth === nearest.depth) return issue
  return { ...nearest.issue, path: [...issue.path, ...nearest.issue.path] } as Issue
}

/** How near a value comes to one thing: the deeper what is wrong lies, and without keys that are strange to it. */
function ofOption(first: Issue, issues: readonly Issue[]) {
  const issue = innermost(first)
  const strange = issues.filter(({ code, path }) => code === 'unrecognized_keys' && path.length === 0).length
  return { issue, strange, depth: issue.path.length }
}
