import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlFollower } from '@assay/core/control/follower'
import { controlRecord, type RolloutAction } from '@assay/core/control/record'
import { openLmdbLog } from '@assay/core/log/lmdb'
import type { Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import { Controller, type ControllerOptions } from '../controller.js'
import type { Observed } from '../observed.js'
import { defined, NOON } from './test.js'

/** A log with the test `t` of the app `shop`, a clock that is set, and what controllers tell the store. */
export class Rig {
  now = NOON
  readonly told: { test: string; health: string }[] = []
  readonly errors: unknown[] = []
  storeIsAway = false
  #ids = 0
  readonly #closing: (() => unknown)[] = []

  private constructor(
    readonly log: Log,
    readonly control: ControlFollower,
  ) {}

  /** In a folder of its own, or on a log that is there, whose controllers have a test of their own. */
  static async open(rollout: object, given?: Log): Promise<Rig> {
    const path = mkdtempSync(join(tmpdir(), 'assay-controller-'))
    const log = given ?? openLmdbLog(path)
    const control = await ControlFollower.start(log, (error) => rig.errors.push(error))
    const rig = new Rig(log, control)
    rig.#closing.push(
      () => rmSync(path, { recursive: true, force: true }),
      () => given ?? log.close(),
      () => control.close(),
    )
    await rig.write({ what: 'define', definition: defined(rollout) })
    return rig
  }

  get rollout() {
    return this.control.definitions.test('shop', 't')!.rollout
  }

  /** The steps that were taken, and by whom. */
  get steps(): string[] {
    return this.control.definitions
      .test('shop', 't')!
      .history.flatMap((record) =>
        record.what === 'rollout' ? `${record.action} ${record.by} ${record.epoch ?? ''}`.trim() : [],
      )
  }

  async write(what: object): Promise<void> {
    const expects = this.control.definitions.test('shop', 't')?.version ?? 0
    const record = { id: `r${this.#ids++}`, at: this.now, by: 'admin', app: 'shop', testId: 't', expects, ...what }
    await this.control.write(controlRecord.parse(record))
  }

  act = (action: RolloutAction) => this.write({ what: 'rollout', action })

  /** Puts traffic into the log as ingest does. */
  async send(traffic: Iterable<Observed>): Promise<void> {
    const entries = [...traffic].map(({ app, user, kind, value, outcome, received, tests }) => {
      const id = `e${this.#ids++}`
      const event = { id, app, user, event: `$${kind}`, value, time: received, tests, props: { outcome }, received }
      return { app, user, id, received, value: JSON.stringify(event) }
    })
    await this.log.append('assay.events', entries)
  }

  async start(options: Partial<ControllerOptions> = {}): Promise<Controller> {
    const insertLines = async (_table: string, lines: readonly Uint8Array[]) => {
      if (this.storeIsAway) throw new Error('The store is away.')
      this.told.push(...lines.map((line) => JSON.parse(Buffer.from(line).toString())))
    }
    const controller = await Controller.start({
      log: this.log,
      store: { write: { insertLines } } as unknown as Store,
      control: this.control,
      askMetrics: async () => new Map(),
      clock: () => this.now,
      onError: (error) => this.errors.push(error),
      ...options,
    })
    this.#closing.push(() => controller.close())
    return controller
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close()
  }
}
