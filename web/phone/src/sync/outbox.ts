// The append-only outbox: records of what was done, receipts of what became of them. All of it is in memory, all of it is on
// the device before anybody is told that it is safe.
import type { PhoneClock } from './clock'
import { namedKeys, resolveKnown } from './later'
import type { Body, Change, Later, OutRecord, Problem, Receipt, Storage, World } from './types'

/** Keys older than this are refused by the server; keeping an accepted record longer would bring nothing back. */
export const keyAgeLimit = 30 * 24 * 3600 * 1000

export interface AddOptions { note?: string; replaces?: string; also?: Change[] }
export interface PortableRecord { key: string; command: string; body: Body; made: number; note?: string; replaces?: string }

export class Outbox {
  readonly records = new Map<string, OutRecord>() // in order of writing
  readonly receipts = new Map<string, Receipt>()
  private readonly exported = new Set<string>()
  private nextOrder = 1
  /** The newest log this phone heard of; 0 before it heard of any. Epochs only grow. */
  epoch = -1
  copiedThrough = 0
  actor = 0 // user who is logged in
  changed: () => void = () => undefined
  /** There is something new to send. */
  added: () => void = () => undefined

  constructor(readonly storage: Storage, readonly world: World, readonly clock: PhoneClock) {}

  async open(): Promise<void> {
    const records = await this.storage.all<OutRecord>('records')
    for (const record of records.sort((a, b) => a.order - b.order)) {
      this.records.set(record.key, record)
      this.nextOrder = Math.max(this.nextOrder, record.order + 1)
    }
    for (const receipt of await this.storage.all<Receipt>('receipts')) this.receipts.set(receipt.key, receipt)
    for (const row of await this.storage.all<{ key: string }>('exported')) this.exported.add(row.key)
    for (const row of await this.storage.all<{ key: string; epoch: number }>('meta')) if (row.key === 'log') this.epoch = row.epoch
  }

  /** Durable when it returns. `also` is written in the same step, so that a draft and its record cannot part. */
  async add(command: string, body: Body, options: AddOptions = {}): Promise<OutRecord> {
    const record: OutRecord = { key: this.clock.newKey(), order: this.nextOrder++, command, body, made: this.world.now(), origin: 'here', by: this.actor }
    if (options.note !== undefined) record.note = options.note
    if (options.replaces !== undefined) record.replaces = options.replaces
    const changes: Change[] = [{ store: 'records', put: record }, ...(options.also ?? [])]
    const mended = options.replaces ? this.receipts.get(options.replaces) : undefined
    const closed = mended ? { ...mended, state: 'closed' as const, reason: record.key } : undefined
    if (closed) changes.push({ store: 'receipts', put: closed })
    await this.storage.write(changes)
    this.records.set(record.key, record)
    if (closed) this.receipts.set(closed.key, closed)
    this.changed()
    this.added()
    return record
  }

  waiting(): OutRecord[] { return [...this.records.values()].filter((record) => !this.receipts.has(record.key)) }
  refused(): { record: OutRecord; receipt: Receipt }[] {
    return [...this.records.values()].flatMap((record) => {
      const receipt = this.receipts.get(record.key)
      return receipt?.state === 'refused' ? [{ record, receipt }] : []
    })
  }

  async accept(record: OutRecord, answer: { [name: string]: unknown }, position: number, epoch: number): Promise<void> {
    const receipt: Receipt = { key: record.key, state: 'accepted', at: this.world.now(), epoch, position, answer }
    await this.keep(receipt, position)
  }
  /** It is in the log, sent by somebody who took it over; its place becomes known as "before the next answer". */
  async acceptElsewhere(record: OutRecord): Promise<void> {
    await this.keep({ key: record.key, state: 'elsewhere', at: this.world.now(), epoch: this.epoch, position: null })
  }
  async refuse(record: OutRecord, problem: Problem): Promise<void> {
    await this.keep({ key: record.key, state: 'refused', at: this.world.now(), epoch: this.epoch, position: null, problem })
  }
  /** A person looked at a refusal and says why nothing more is to be done. Nothing else closes one. */
  async close(key: string, reason: string): Promise<void> {
    const receipt = this.receipts.get(key)
    if (!receipt || receipt.state !== 'refused' || !reason.trim()) throw new Error('only a refusal can be closed, with a reason')
    await this.keep({ ...receipt, state: 'closed', reason })
  }
  /** The person changed something elsewhere; the same command once more under the same key. */
  async retry(key: string): Promise<void> {
    if (this.receipts.get(key)?.state !== 'refused') throw new Error('only a refusal can be tried again')
    await this.storage.write([{ store: 'receipts', drop: key }])
    this.receipts.delete(key)
    this.changed()
    this.added()
  }

  private async keep(receipt: Receipt, seenPosition?: number): Promise<void> {
    const fresh = [receipt]
    if (seenPosition !== undefined) {
      for (const old of this.receipts.values()) if (old.state === 'elsewhere' && old.position === null && old.epoch === receipt.epoch) fresh.push({ ...old, position: seenPosition })
    }
    await this.storage.write(fresh.map((put) => ({ store: 'receipts', put })))
    for (const each of fresh) this.receipts.set(each.key, each)
    if (fresh.some((each) => each.position !== null && each.position <= this.copiedThrough)) await this.dropCopied()
    this.changed()
  }

  /** Every answer tells which log it comes from. False: it comes from before a restore that this phone knows of. */
  async learnLog(epoch: number, copiedThrough: number): Promise<boolean> {
    if (epoch < this.epoch) return false
    if (epoch > this.epoch) await this.beginEpoch(epoch)
    if (copiedThrough > this.copiedThrough) {
      this.copiedThrough = copiedThrough
      await this.dropCopied()
    }
    return true
  }

  /** The log was restored: what it had told may be gone. All that is still kept here is sent again under its old key, which
   * costs nothing where it is known. */
  private async beginEpoch(epoch: number): Promise<void> {
    const first = this.epoch < 0
    const lost = first ? [] : [...this.receipts.values()].filter((r) => (r.state === 'accepted' || r.state === 'elsewhere') && this.records.has(r.key))
    await this.storage.write([
      { store: 'meta', put: { key: 'log', epoch } as { key: string } },
      ...lost.map((receipt): Change => ({ store: 'receipts', drop: receipt.key }))
    ])
    this.epoch = epoch
    this.copiedThrough = 0
    for (const receipt of lost) this.receipts.delete(receipt.key)
    if (lost.length) this.changed()
  }

  /** Only what a second place holds is dropped, and nothing that a kept record still refers to. */
  private async dropCopied(): Promise<void> {
    const safe = (receipt: Receipt | undefined) => receipt !== undefined && (receipt.state === 'accepted' || receipt.state === 'elsewhere') &&
      ((receipt.position !== null && receipt.position <= this.copiedThrough) || this.world.now() - (this.records.get(receipt.key)?.made ?? 0) > keyAgeLimit)
    const needed = new Set<string>()
    for (const record of this.records.values()) if (!safe(this.receipts.get(record.key))) for (const key of namedKeys(record.body)) needed.add(key)
    const gone = [...this.records.keys()].filter((key) => safe(this.receipts.get(key)) && !needed.has(key))
    if (!gone.length) return
    await this.storage.write(gone.flatMap((key): Change[] => [{ store: 'records', drop: key }, { store: 'receipts', drop: key }, { store: 'exported', drop: key }]))
    for (const key of gone) { this.records.delete(key); this.receipts.delete(key); this.exported.delete(key) }
    this.changed()
  }

  answerOf(wanted: Later): unknown { return this.receipts.get(wanted.$from)?.answer?.[wanted.field] }

  // --- leaving this phone by another way ---

  wasExported(key: string): boolean { return this.exported.has(key) }

  /** What has not arrived, for a file or a row of QR pictures. It stays here too: whoever sends first, it counts once. */
  async takeOut(): Promise<PortableRecord[]> {
    const list = this.waiting()
    await this.storage.write(list.map((record) => ({ store: 'exported', put: { key: record.key } })))
    for (const record of list) this.exported.add(record.key)
    return list.map(({ key, command, body, made, note, replaces }) => ({ key, command, body: resolveKnown(body, (wanted) => this.answerOf(wanted)), made, ...(note !== undefined && { note }), ...(replaces !== undefined && { replaces }) }))
  }

  /** Records of another phone. Those already here are left alone. Returns how many were new. */
  async takeIn(list: PortableRecord[]): Promise<number> {
    const fresh = list.filter((each) => !this.records.has(each.key)).map((each): OutRecord => ({ ...each, order: this.nextOrder++, origin: 'import', by: 0 }))
    await this.storage.write(fresh.map((put) => ({ store: 'records', put })))
    for (const record of fresh) this.records.set(record.key, record)
    if (fresh.length) { this.changed(); this.added() }
    return fresh.length
  }

  /** Headquarters ordered it, or the person leaves the phone: nothing remains. */
  async wipe(): Promise<void> {
    const stores = ['records', 'receipts', 'exported', 'meta', 'draft', 'people', 'lists'] as const
    await this.storage.write(stores.map((store) => ({ store, clear: true })))
    this.records.clear(); this.receipts.clear(); this.exported.clear()
    this.epoch = -1
    this.copiedThrough = 0
    this.changed()
  }
}
