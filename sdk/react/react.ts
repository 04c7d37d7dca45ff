'use client'

import {
  createElement,
  Fragment,
  type ReactElement,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react'
import type { BranchOf, TestId } from '../branches.js'
import type { Visitor } from '../visitor.js'
import { useShown } from './provider.js'

export { AssayProvider, type AssayProviderProps } from './provider.js'

/** The user's branch of a test. Once the component is on the screen, the user counts in the test. */
export function useBranch<T extends TestId>(testId: T): BranchOf<T> {
  const branch = usePeek(testId)
  useExposure(testId, branch)
  return branch
}

/**
 * Shows what belongs to the user's branch of a test, and counts the user. Of a branch that `of` does not name it shows
 * what `master` has, or else the first one, and counts nobody.
 */
export function Branch<T extends TestId>(props: {
  test: T
  of: Readonly<Partial<Record<BranchOf<T>, ReactNode>>>
}): ReactElement {
  const { test } = props
  const of: Readonly<Record<string, ReactNode>> = props.of
  const branch = usePeek(test)
  const isNamed = Object.hasOwn(of, branch)
  useExposure(test, isNamed ? branch : undefined)
  const [first = ''] = Object.keys(of)
  return createElement(Fragment, null, of[isNamed ? branch : Object.hasOwn(of, 'master') ? 'master' : first])
}

/** Reports what the user did, as `track` of the client does; the same function in every rendering. */
export function useTrack(): Visitor['track'] {
  return useShown().user.track
}

const never = () => () => {}

function usePeek<T extends TestId>(testId: T): BranchOf<T> {
  const { user, peekAtFirst } = useShown()
  const { peek, onChange = never } = user
  return useSyncExternalStore(
    onChange,
    () => peek(testId),
    () => peekAtFirst(testId),
  )
}

/** Servers lay nothing out, and an older React complains if it is asked to there. */
const useLaidOut = globalThis.document ? useLayoutEffect : useEffect

/** Counts the user in a test whose branch is on the screen, from now on or as soon as the user is in the test. */
function useExposure<T extends TestId>(testId: T, branch: BranchOf<T> | undefined): void {
  const { assign, peek, onChange = never } = useShown().user
  const wasShown = useRef(false)
  const expose = useCallback(() => {
    // Another branch is exposed by a rendering of its own, when that is on the screen.
    if (peek(testId) === branch) assign(testId)
  }, [assign, peek, testId, branch])
  // What is hidden as long as others wait is no longer laid out: it hears nothing, and asks again once it is back.
  useLaidOut(() => {
    if (wasShown.current) expose()
    return onChange(expose)
  }, [expose, onChange])
  useEffect(() => {
    wasShown.current = true
    expose()
  }, [expose])
}
