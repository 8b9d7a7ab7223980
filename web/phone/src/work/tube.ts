// Binding people to a tube, without a screen: what a scan means, and that each one is on the device before it sounds.
import { withTime } from '../sync/clock'
import { later } from '../sync/later'
import type { Outbox } from '../sync/outbox'
import type { Change, OutRecord } from '../sync/types'

export interface Person {
  key: string // slot, or the document for somebody who is not in the slice
  slot?: number
  document?: string
  building?: number; unit?: number; household?: number; door?: string
  name?: string // masked
  category?: string
  alone?: boolean // key person: a tube of his own
  sampled?: string // code of the tube, as told by the server or bound here
  exempt?: string
  missed?: string
  away?: string
  check?: string // ten hex digits that a phone can make of a card, see roll_slice
  roll?: number
  size?: number // people of the household
  community?: string
  sealedHome?: boolean
  mine?: boolean // bound on this phone
}
export interface Member { key: string; slot?: number; document?: string; name?: string; at: number; receipt: string }
export interface Draft { key: 'tube'; code: string; round: number; site: number; people: Member[]; opened: number }
export interface TubeSettings { round: number; site: number; poolSize: number; undoWithin: number }

export type ScanResult =
  | { kind: 'bound'; count: number; person: Member }
  | { kind: 'duplicate'; code: string }
  | { kind: 'exempt'; reason: string }
  | { kind: 'no_tube' } | { kind: 'full' } | { kind: 'alone' }
export type TubeResult = { kind: 'opened'; sealed?: OutRecord } | { kind: 'used'; code: string }

export class TubeWork {
  draft: Draft | null = null
  readonly people = new Map<string, Person>()
  private readonly usedCodes = new Set<string>()
  private busy: Promise<unknown> = Promise.resolve()

  constructor(private readonly outbox: Outbox, public settings: TubeSettings) {}

  async open(): Promise<void> {
    this.people.clear()
    for (const person of await this.outbox.storage.all<Person>('people')) this.people.set(person.key, person)
    this.draft = (await this.outbox.storage.all<Draft>('draft')).find((row) => row.key === 'tube') ?? null
    for (const record of this.outbox.records.values()) if (record.command === 'sample_tube') this.usedCodes.add(String(record.body.code))
  }

  /** Two scans within one breath are done one after the other. */
  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.busy.then(act, act)
    this.busy = done.catch(() => undefined)
    return done
  }

  get count(): number { return this.draft?.people.length ?? 0 }
  holder(key: string): string | undefined {
    if (this.draft?.people.some((member) => member.key === key)) return this.draft.code
    return this.people.get(key)?.sampled
  }

  /** The next tube seals the last. The same label once more means nothing. */
  scanTube(code: string): Promise<TubeResult> {
    return this.inTurn(async () => {
      if (this.draft?.code === code) return { kind: 'opened' }
      if (this.usedCodes.has(code)) return { kind: 'used', code }
      const next: Draft = { key: 'tube', code, round: this.settings.round, site: this.settings.site, people: [], opened: this.outbox.world.now() }
      const sealed = this.draft?.people.length ? await this.sealDraft(next) : undefined
      if (!sealed) await this.outbox.storage.write([{ store: 'draft', put: next }])
      this.draft = next
      return { kind: 'opened', ...(sealed && { sealed }) }
    })
  }

  seal(): Promise<OutRecord | undefined> {
    return this.inTurn(async () => {
      if (!this.draft?.people.length) return undefined
      const sealed = await this.sealDraft(null)
      this.draft = null
      return sealed
    })
  }

  private async sealDraft(next: Draft | null): Promise<OutRecord> {
    const draft = this.draft as Draft
    const people = draft.people.map((member) => ({ ...(member.slot !== undefined ? { slot: member.slot } : { document: member.document }), receipt: '$int:' + member.receipt }))
    const sampled = draft.people.map((member): Person => ({ ...(this.people.get(member.key) ?? { key: member.key, ...(member.slot !== undefined && { slot: member.slot }), ...(member.document !== undefined && { document: member.document }), ...(member.name !== undefined && { name: member.name }) }), sampled: draft.code, mine: true }))
    const also: Change[] = [next ? { store: 'draft', put: next } : { store: 'draft', drop: 'tube' }, ...sampled.map((put): Change => ({ store: 'people', put }))]
    const body = withTime({ round: draft.round, site: draft.site, code: draft.code, people }, this.outbox.clock)
    const record = await this.outbox.add('sample_tube', body, { note: draft.code, also })
    for (const person of sampled) this.people.set(person.key, person)
    this.usedCodes.add(draft.code)
    return record
  }

  bind(person: Person, household = false): Promise<ScanResult> { return this.inTurn(() => this.bindNow([person], household)) }
  /** Those of a household who are there, in one step. */
  bindAll(list: Person[]): Promise<ScanResult> { return this.inTurn(() => this.bindNow(list, true)) }

  private async bindNow(given: Person[], household: boolean): Promise<ScanResult> {
    const draft = this.draft, list = given.map((person) => this.people.get(person.key) ?? person)
    if (!draft) return { kind: 'no_tube' }
    const held = list.map((person) => this.holder(person.key)).find((code) => code !== undefined)
    if (held !== undefined) return { kind: 'duplicate', code: held }
    const exempt = list.find((person) => person.exempt)
    if (exempt?.exempt) return { kind: 'exempt', reason: exempt.exempt }
    if (draft.people.length + list.length > this.settings.poolSize) return { kind: 'full' }
    if (!household && draft.people.length && (list[0]?.alone || draft.people.some((member) => this.people.get(member.key)?.alone))) return { kind: 'alone' }
    const fresh = list.map((person): Member => ({ key: person.key, ...(person.slot !== undefined && { slot: person.slot }), ...(person.document !== undefined && person.slot === undefined && { document: person.document }), ...(person.name !== undefined && { name: person.name }), at: this.outbox.world.now(), receipt: drawReceipt(this.outbox.world.bytes(8)) }))
    const next: Draft = { ...draft, people: [...draft.people, ...fresh] }
    await this.outbox.storage.write([{ store: 'draft', put: next }])
    this.draft = next
    return { kind: 'bound', count: next.people.length, person: fresh[fresh.length - 1] as Member }
  }

  /** The last one bound: out of the open tube, or, while its time runs, out of the tube sealed last. */
  undoLast(): Promise<{ kind: 'draft' | 'sealed'; member: string } | { kind: 'nothing' | 'too_late' }> {
    return this.inTurn(async () => {
      const draft = this.draft
      if (draft?.people.length) {
        const member = draft.people[draft.people.length - 1] as Member
        const next = { ...draft, people: draft.people.slice(0, -1) }
        await this.outbox.storage.write([{ store: 'draft', put: next }])
        this.draft = next
        return { kind: 'draft', member: member.key }
      }
      return this.undoSealed()
    })
  }

  private async undoSealed(): Promise<{ kind: 'sealed'; member: string } | { kind: 'nothing' | 'too_late' }> {
    const undone = new Set([...this.outbox.records.values()].filter((r) => r.command === 'undo_sample').map((r) => r.note))
    const last = [...this.outbox.records.values()].filter((r) => r.command === 'sample_tube' && r.origin === 'here' && this.outbox.receipts.get(r.key)?.state !== 'refused' && this.outbox.receipts.get(r.key)?.state !== 'closed').pop()
    const member = last && (last.body.people as { slot?: number; document?: string }[]).filter((each) => each.slot !== undefined && !undone.has(last.key + ':' + String(each.slot))).pop()
    if (!last || member?.slot === undefined) return { kind: 'nothing' }
    if (this.outbox.world.now() - last.made > this.settings.undoWithin) return { kind: 'too_late' }
    const key = String(member.slot), person = this.people.get(key)
    const { sampled: _, ...free } = person ?? { key }
    await this.outbox.add('undo_sample', withTime({ tube: later(last.key, 'tube'), slot: member.slot }, this.outbox.clock), { note: last.key + ':' + key, also: [{ store: 'people', put: free }] })
    this.people.set(key, free)
    return { kind: 'sealed', member: key }
  }
}

/** 60 bits, as decimal digits: the person reads his result under it. */
function drawReceipt(bytes: Uint8Array): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return String(value & ((1n << 60n) - 1n))
}
