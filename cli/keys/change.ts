import { type AppKeys, createKey, type KeyKind, type Keys, keyKinds, withArticle } from '@assay/core/keys'
import { CommandError } from '../failure.js'
import { shellWord } from '../style.js'
import { changeKeys } from './file.js'

/** Makes keys of these kinds for an app. @throws CommandError where it has one of them */
export function addKeys(file: string, app: string, kinds: readonly KeyKind[]): AppKeys {
  const made: AppKeys = Object.fromEntries(kinds.map((kind) => [kind, createKey(kind)]))
  changeKeys(file, (keys) => {
    const own = ownOf(keys, app)
    const taken = kinds.filter((kind) => own[kind] !== undefined)
    if (taken.length === 0) return withApp(keys, app, { ...own, ...made })
    throw new CommandError(
      `Expected ${app} to have no ${taken.join(' or ')} key; it has.`,
      `Take it away first, with: assay keys remove ${shellWord(app)} ${taken.join(' ')}`,
    )
  })
  return made
}

/** Takes keys of these kinds away from an app, as far as it has them. @throws CommandError where it has none */
export function removeKeys(file: string, app: string, kinds: readonly KeyKind[]): KeyKind[] {
  let gone: KeyKind[] = []
  changeKeys(file, (keys) => {
    const own = ownOf(keys, app)
    gone = kinds.filter((kind) => own[kind] !== undefined)
    if (gone.length === 0)
      throw new CommandError(
        `Expected ${app} to have ${kinds.map(withArticle).join(' or ')} key; it has none.`,
        'See which there are with: assay keys list',
      )
    const left = kindsOf(own).filter((kind) => !gone.includes(kind))
    return withApp(keys, app, Object.fromEntries(left.map((kind) => [kind, own[kind]])))
  })
  return gone
}

/** Which keys there are, in the order of their kinds. */
export const kindsOf = (keys: AppKeys): KeyKind[] => keyKinds.filter((kind) => keys[kind] !== undefined)

const ownOf = ({ apps = {} }: Keys, app: string): AppKeys => (Object.hasOwn(apps, app) ? apps[app]! : {})

/** An app without keys is not told of. */
function withApp({ apps = {}, ...all }: Keys, app: string, own: AppKeys): Keys {
  const { [app]: _, ...others } = apps
  const changed = kindsOf(own).length === 0 ? others : { ...others, [app]: own }
  return Object.keys(changed).length === 0 ? all : { ...all, apps: changed }
}
