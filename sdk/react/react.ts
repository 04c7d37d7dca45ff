'use client'

import {
  createContext,
  createElement,
  Fragment,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useSyncExternalStore,
} from 'react'
import type { BranchOf, TestId } from '../branches.js'
import type { Client } from '../client.js'
import type { Visitor } from '../visitor.js'

/** The client of a page, or the visitor that a server renders for. */
type User = Pick<Visitor, 'assign' | 'peek' | 'track'> & Partial<Pick<Client, 'onChange'>>

/** Without a provider everybody sees `master`, and nobody counts: so components render in tests and catalogues. */
const UserContext = createContext<User>({ assign: () => 'master', peek: () => 'master', track() {} })

/** Says who is shown what is inside. */
export function AssayProvider(props: { client: User; children?: ReactNode }): ReactElement {
  return createElement(UserContext.Provider, { value: props.client }, props.children)
}

/** The user's branch of a test. Once the component is on the screen, the user counts in the test. */
export function useBranch<T extends TestId>(testId: T): BranchOf<T> {
  const branch = usePeek(testId)
  useExposure(testId, branch)
  return branch
}

/**
 * Shows what belongs to the user's branch of a test, and counts the user. Of a branch that `of` does not name it shows
 * the first one's, and counts nobody.
 */
export function Branch<T extends TestId>(props: {
  test: T
  of: Readonly<Partial<Record<BranchOf<T>, ReactNode>>>
}): ReactElement {
  const { test, of } = props
  const branch = usePeek(test)
  return Object.hasOwn(of, branch)
    ? createElement(Shown, { test, branch }, of[branch])
    : createElement(Fragment, null, Object.values(of)[0])
}

function Shown({ test, branch, children }: { test: string; branch: string; children?: ReactNode }): ReactElement {
  useExposure(test, branch)
  return createElement(Fragment, null, children)
}

/** Reports what the user did, as `track` of the client does; the same function in every rendering. */
export function useTrack(): Visitor['track'] {
  return useContext(UserContext).track
}

const never = () => () => {}

/** The server and the first rendering in the page ask the same question of the same config, and get the same answer. */
function usePeek<T extends TestId>(testId: T): BranchOf<T> {
  const { peek, onChange = never } = useContext(UserContext)
  const ask = () => peek(testId)
  return useSyncExternalStore(onChange, ask, ask)
}

/** Counts the user in a test whose branch is on the screen, from now on or as soon as the user is in the test. */
function useExposure(testId: string, branch: string): void {
  const { assign, peek, onChange = never } = useContext(UserContext)
  useEffect(() => {
    // Another branch has an effect of its own, when it is on the screen.
    const expose = () => {
      if (peek(testId) === branch) assign(testId)
    }
    expose()
    return onChange(expose)
  }, [assign, peek, onChange, testId, branch])
}
