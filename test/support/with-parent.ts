import type { ChildProcess } from 'node:child_process'
import { afterDeath } from '@assay/infra/after-death'

/** Has a process end with this one, however that ends, and even if it is held. */
export function withParent<Child extends ChildProcess>(child: Child): Child {
  return child.once('exit', afterDeath('kill -9 "$1"', String(child.pid)))
}
