import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Client } from '../client.js'
import type { Visitor } from '../visitor.js'

/** The client of a page, or the visitor that a server renders for. */
type User = Pick<Visitor, 'assign' | 'peek' | 'track'> &
  Partial<Pick<Client, 'onChange' | 'config' | 'options' | 'ready' | 'visitor'>>

type Peek = Visitor['peek']

/** Who is shown what, and what that was as the server rendered it. */
interface Shown {
  user: User
  peekAtFirst: Peek
}

const control: Peek = () => 'master'

/** Without a provider everybody sees `master`, and nobody counts: so components render in tests and catalogues. */
const ShownContext = createContext<Shown>({
  user: { assign: control, peek: control, track() {} },
  peekAtFirst: control,
})

export const useShown = (): Shown => useContext(ShownContext)

export interface AssayProviderProps {
  client: User
  children?: ReactNode
  /** What is shown until the client is `ready`. Without it the children are at once, as the control if need be. */
  fallback?: ReactNode
}

/** Says who is shown what is inside; the server's rendering is repeated as the page comes alive. */
export function AssayProvider({ client, children, fallback }: AssayProviderProps): ReactElement {
  const isOfServer = useSyncExternalStore(never, no, yes)
  const peekAtFirst = usePeekAtFirst(client, isOfServer)
  const value = useMemo(() => ({ user: client, peekAtFirst }), [client, peekAtFirst])
  const isOpen = useOpening(client, isOfServer, fallback !== undefined)
  return createElement(ShownContext.Provider, { value }, isOpen ? children : fallback)
}

/** On a server a client is nobody's, unless it was given its user; a page that was bootstrapped was rendered for its own. */
const isNobodys = ({ ready, options }: User) => ready && options?.user == null && !options?.exposed

/** The control, as far as server and page both know it from the start. */
const peekForNobody = ({ options, visitor }: User): Peek =>
  (options?.config && visitor?.({ user: 'nobody', isOut: () => true }).peek) ?? (() => options?.fallback ?? 'master')

/** Parts of a page come alive one after another, whatever changes meanwhile: each first as the server rendered it. */
function usePeekAtFirst(user: User, isOfServer: boolean): Peek {
  const [peekAtFirst] = useState(() => {
    const peek = isNobodys(user) ? peekForNobody(user) : user.peek
    const tests = isOfServer ? Object.keys(user.config?.tests ?? {}) : []
    const answers = new Map(tests.map((testId) => [testId, peek(testId)]))
    return (testId: string) => {
      const answer = answers.get(testId) ?? peek(testId)
      answers.set(testId, answer)
      return answer
    }
  })
  return peekAtFirst
}

/** Whether it is time for the children; once it is, it stays so. */
function useOpening(user: User, isOfServer: boolean, waits: boolean): boolean {
  const { config, options, ready } = user
  // What a server's client came to know is not for this page's user.
  const known = isOfServer ? !isNobodys(user) && (options?.exposed ?? options?.config) : config
  const [isOpen, setOpen] = useState(!waits || !ready || !!known)
  useEffect(() => {
    if (!isOpen) ready?.then(() => setOpen(true))
  }, [isOpen, ready])
  return isOpen
}

const never = () => () => {}
const no = () => false
const yes = () => true
