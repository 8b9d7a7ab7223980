// The state of the page, and what a scan does. Screens draw it; none of them keeps anything that must not be lost.
import { openStore } from './device/store'
import * as net from './device/net'
import { give, wakeSound } from './device/signals'
import type { Signal } from './device/signals'
import { PhoneClock, withTime } from './sync/clock'
import { Outbox } from './sync/outbox'
import { Sender } from './sync/sender'
import type { Body, Storage, World } from './sync/types'
import { readScan } from './work/codes'
import type { HandOver, Scan } from './work/codes'
import { TubeWork } from './work/tube'
import type { Person, ScanResult } from './work/tube'
import { setLanguage, t, textOr } from './texts'
import type { Language } from './texts'

export interface Settings {
  key: 'settings'; language: Language; dark: boolean; loud: boolean
  round: number; site: number; roll: number; poolSize: number; undoMinutes: number | null; team: number; from: string; roundNumber: number; placeZh: string; placeEn: string; siteName: string; area: string; communities: string[]; rollTime: number
}
export interface Said { signal: Signal | 'info'; text: string; at: number }
export interface SliceRow {
  slot: number; building: number | null; unit: number | null; household: number; household_size: number; door: string | null; name_masked: string | null
  category: string | null; key: boolean; sealed_home: boolean; away: string | null; document_check: string | null; tube: number | null; area_code: string | null
}
export interface Kept<Row> { key: string; at: number; rows: Row[] }
/** What this phone did with a box, known here before the server hears of it. */
export interface Carried { key: string; code: string; picked?: number; given?: { at: number; laboratory: string; count: number; receiver: string } }

const plain: Settings = { key: 'settings', language: 'zh', dark: false, loud: true, round: 0, site: 0, roll: 0, poolSize: 10, undoMinutes: 0, team: 0, from: '', roundNumber: 0, placeZh: '', placeEn: '', siteName: '', area: '', communities: [], rollTime: 0 }

const world: World = {
  now: () => Date.now(),
  after: (milliseconds, run) => { const timer = setTimeout(run, milliseconds); return () => clearTimeout(timer) },
  random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count))
}

class App {
  storage!: Storage
  clock!: PhoneClock
  outbox!: Outbox
  sender!: Sender
  tube!: TubeWork
  session: net.Session | null = null
  settings: Settings = { ...plain }
  said: Said | null = null
  household: Person[] | null = null // its sheet is open
  screen = 'sample'
  wiped = false
  elsewhere = false
  newVersion: (() => void) | null = null
  install: (() => void) | null = null
  private readonly byCheck = new Map<string, Person>()
  readonly boxed = new Set<string>() // tubes of this phone that are in boxes
  readonly carried = new Map<string, Carried>() // by the code of the box
  private readonly listeners = new Set<() => void>()
  /** A screen that takes scans for itself; true = taken. */
  taker: ((scan: Scan) => boolean) | null = null

  listen(run: () => void): () => void { this.listeners.add(run); return () => this.listeners.delete(run) }
  changed(): void { for (const run of this.listeners) run() }

  async open(): Promise<void> {
    this.storage = await openStore()
    this.clock = new PhoneClock(world, this.storage)
    this.outbox = new Outbox(this.storage, world, this.clock)
    this.sender = new Sender(this.outbox, net.network)
    this.tube = new TubeWork(this.outbox, { round: 0, site: 0, poolSize: plain.poolSize, undoWithin: 0 })
    await this.clock.open()
    await this.outbox.open()
    for (const row of await this.storage.all<{ key: string }>('meta')) {
      if (row.key === 'settings') this.settings = { ...plain, ...(row as Settings) }
      if (row.key === 'session') this.session = (row as unknown as { session: net.Session }).session
    }
    for (const row of await this.storage.all<{ key: string; tubes?: string[] }>('lists')) {
      if (row.key.startsWith('box:')) for (const code of row.tubes ?? []) this.boxed.add(code)
      if (row.key.startsWith('carry:')) this.carried.set((row as unknown as Carried).code, row as unknown as Carried)
    }
    if (this.session) { net.setCsrf(this.session.csrf); this.outbox.actor = this.session.user }
    this.show()
    await this.openTube()
    this.outbox.changed = () => this.changed()
    this.sender.renew = async () => (await net.readSession()) !== null
    this.sender.wiped = async () => { await this.outbox.wipe(); this.session = null; this.wiped = true; this.changed() }
    this.sender.start()
    if (this.session && this.settings.site) void this.learnSite().catch(() => undefined)
    for (const event of ['focus', 'online', 'visibilitychange']) addEventListener(event, () => { if (document.visibilityState === 'visible') this.sender.poke() })
    setInterval(() => this.changed(), 20000) // ages on the screen
  }

  private show(): void {
    setLanguage(this.settings.language)
    document.documentElement.classList.toggle('dark', this.settings.dark)
    document.title = t('app.name')
  }
  async set(part: Partial<Settings>): Promise<void> {
    this.settings = { ...this.settings, ...part }
    if (part.language) this.said = null // it was said in the other one
    await this.storage.write([{ store: 'meta', put: this.settings }])
    this.show()
    this.changed()
  }
  go(screen: string): void { this.screen = screen; this.said = null; this.household = null; this.changed() }

  can(command: string): boolean { return this.session?.commands.includes(command) ?? false }
  canAsk(query: string): boolean { return this.session?.queries.includes(query) ?? false }

  // --- who ---
  async enter(session: net.Session): Promise<void> {
    // What somebody else left unsent here goes under this name; it carries its own keys, so nothing is doubled.
    this.session = session
    this.outbox.actor = session.user
    this.wiped = false
    await this.storage.write([{ store: 'meta', put: { key: 'session', session } as { key: string } }])
    this.sender.loggedIn()
    this.changed()
    void navigator.storage?.persist?.().catch(() => false)
  }
  async leave(): Promise<void> {
    await net.logout()
    await this.outbox.wipe()
    await this.storage.write([{ store: 'meta', put: { ...plain, language: this.settings.language, dark: this.settings.dark } as Settings }])
    location.reload()
  }

  // --- the roll ---
  async openTube(): Promise<void> {
    const { round, site, poolSize, roll } = this.settings
    this.tube.settings = { round, site, poolSize, undoWithin: this.undoWithin() }
    await this.tube.open()
    this.byCheck.clear()
    for (const person of this.tube.people.values()) if (person.check && person.roll === roll) this.byCheck.set(person.check, person)
  }

  /** The slice of the chosen communities. What this phone bound and has not heard back of stays marked. */
  async loadRoll(communities: string[], step: (count: number) => void): Promise<number> {
    const { roll, round } = this.settings, fresh = new Map<string, Person>()
    for (const area of communities) {
      const { rows, now } = await net.readAll<SliceRow>('roll_slice', { roll, area, round }, 20000, (count) => step(fresh.size + count))
      await this.clock.learn(null, now)
      for (const row of rows) fresh.set(String(row.slot), this.personOf(row, area))
    }
    for (const person of this.tube.people.values()) if (person.mine && (person.slot === undefined || !fresh.get(person.key)?.sampled)) fresh.set(person.key, { ...fresh.get(person.key), ...person })
    for (const [key, person] of fresh) { const told = this.tube.people.get(key)?.missed; if (told && !person.sampled) person.missed = told }
    await this.storage.write([{ store: 'people', clear: true }, ...[...fresh.values()].map((put) => ({ store: 'people' as const, put }))])
    await this.set({ communities, rollTime: world.now() })
    await this.openTube()
    return fresh.size
  }
  private personOf(row: SliceRow, community: string): Person {
    return {
      key: String(row.slot), slot: row.slot, roll: this.settings.roll, household: row.household, size: row.household_size, community: row.area_code ?? community,
      ...(row.building !== null && { building: row.building }), ...(row.unit !== null && { unit: row.unit }), ...(row.door && { door: row.door }), ...(row.name_masked && { name: row.name_masked }),
      ...(row.category && { category: row.category }), ...(row.key && { alone: true }), ...(row.sealed_home && { sealedHome: true }), ...(row.document_check && { check: row.document_check }),
      ...(row.tube !== null && row.tube !== undefined && { sampled: '#' + row.tube }), ...(row.away === 'exempt' && { exempt: 'exempt' }), ...(row.away && row.away !== 'exempt' && { away: row.away })
    }
  }

  /** The plan's time to undo a wrong binding; null there = no such rule, 0 = this phone was never told. */
  private undoWithin(): number { return this.settings.undoMinutes === null ? Infinity : this.settings.undoMinutes * 60000 }
  /** What the plan says may change within a shift. */
  private async learnSite(): Promise<void> { if (this.canAsk('round_sites')) await this.list('round_sites', 'round_sites', { round: this.settings.round }) }
  private async keepPlan(rows: { site?: number; undo_minutes?: number | null }[]): Promise<void> {
    const told = rows.find((row) => row.site === this.settings.site)?.undo_minutes
    if (told === undefined || told === this.settings.undoMinutes) return
    await this.set({ undoMinutes: told })
    this.tube.settings.undoWithin = this.undoWithin()
  }

  /** A list for work without network: the last one read, or a fresh one. */
  async list<Row>(key: string, query: string, params: Record<string, string | number | undefined>): Promise<Kept<Row> & { fresh: boolean }> {
    try {
      const { rows, now } = await net.readAll<Row>(query, params, 2000), kept: Kept<Row> = { key, at: world.now(), rows }
      await this.clock.learn(null, now)
      await this.storage.write([{ store: 'lists', put: kept }])
      if (query === 'round_sites') await this.keepPlan(rows as { site?: number; undo_minutes?: number | null }[])
      return { ...kept, fresh: true }
    } catch (problem) {
      const kept = (await this.storage.all<Kept<Row>>('lists')).find((row) => row.key === key)
      if (!kept) throw problem
      return { ...kept, fresh: false }
    }
  }

  /** One thing, as a list of one. */
  async one<T>(key: string, path: string): Promise<T | null> {
    const reply = await net.ask('GET', path).catch(() => null)
    if (reply?.status === 200) await this.storage.write([{ store: 'lists', put: { key, at: world.now(), rows: [reply.body as T] } as Kept<T> }])
    return (await this.storage.all<Kept<T>>('lists')).find((row) => row.key === key)?.rows[0] ?? null
  }

  /** The telephone behind a door; every look is noted under the reason. Not kept on the phone. */
  async telephone(slot: number, reason: string): Promise<{ phone: string; name: string } | null> {
    const reply = await net.ask('POST', '/reveal/resident', JSON.stringify({ roll: this.settings.roll, slot, reason })).catch(() => null)
    const found = (reply?.body ?? {}) as { phone?: string; name_masked?: string }, phone = (found.phone ?? '').replace(/[^\d+]/g, '')
    if (reply?.status === 200 && phone) return { phone, name: found.name_masked ?? '' }
    this.say('wrong', t(reply?.status === 200 ? 'call.none' : reply ? 'call.refused' : 'call.offline'))
    return null
  }

  // --- saying ---
  say(signal: Signal | 'info', text: string): void {
    this.said = { signal, text, at: performance.now() }
    if (signal !== 'info') give(signal, this.settings.loud)
    this.changed()
  }
  /** The device did not take it: nobody may believe it is safe. */
  private async safely(act: () => Promise<void>): Promise<void> {
    try { await act() } catch { this.say('wrong', t('app.storageFailed')) }
  }

  // --- scanning ---
  async scanned(raw: string): Promise<void> {
    wakeSound()
    const scan = readScan(raw)
    this.sender.poke()
    if (scan.kind === 'wrong') { this.say('wrong', t('say.wrong', { text: scan.text.slice(0, 24) })); return }
    if (this.taker?.(scan)) return
    await this.safely(async () => {
      if (scan.kind === 'label') await this.tubeScanned(scan.code)
      else if (scan.kind === 'resident') await this.residentScanned(scan.roll, scan.slot)
      else if (scan.kind === 'household') this.householdScanned(scan.roll, scan.slot, scan.count)
      else if (scan.kind === 'document') await this.documentScanned(scan.number)
      else if (scan.kind === 'handover') this.say('wrong', t('carry.elsewhere'))
    })
  }
  private async tubeScanned(code: string): Promise<void> {
    const result = await this.tube.scanTube(code)
    if (result.kind === 'used') this.say('duplicate', t('say.used', { code }))
    else if (result.sealed) this.say('seal', t('say.sealed', { code: result.sealed.note ?? '', n: (result.sealed.body.people as unknown[]).length }))
    else this.say('ok', t('say.tube', { code }))
  }
  private async residentScanned(roll: number, slot: number): Promise<void> {
    if (roll !== this.settings.roll) { this.say('wrong', t('say.otherRoll')); return }
    const person = this.tube.people.get(String(slot)) ?? { key: String(slot), slot }
    this.tell(await this.tube.bind(person), person)
  }
  private householdScanned(roll: number, slot: number, count: number): void {
    if (roll !== this.settings.roll) { this.say('wrong', t('say.otherRoll')); return }
    this.openHousehold(Array.from({ length: count }, (_, index) => this.tube.people.get(String(slot + index)) ?? { key: String(slot + index), slot: slot + index, household: slot }))
    give('ok', this.settings.loud)
  }
  /** From a list of another screen: the sheet of a door belongs to the doors. */
  openHouseholdAt(members: Person[]): void { this.screen = 'doors'; this.openHousehold(members) }
  openHousehold(members: Person[]): void { this.household = members; this.said = null; this.changed() }

  /** A card: first the slice on this phone, else the server finds it by the number. */
  async documentScanned(number: string): Promise<void> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`bihuan-roll|${this.settings.roll}|${number}`)))
    const person = this.byCheck.get(Array.from(digest.slice(0, 5), (byte) => byte.toString(16).padStart(2, '0')).join('')) ?? { key: number, document: number }
    this.tell(await this.tube.bind(person), person)
  }
  tell(result: ScanResult, person: Person): void {
    const name = person.name ?? `${person.slot ?? '…' + person.document?.slice(-4)} ${t('say.stranger')}`
    if (result.kind === 'bound') this.say('ok', t('say.bound', { name }))
    else if (result.kind === 'duplicate') this.say('duplicate', result.code.startsWith('#') ? t('say.duplicateKnown') : t('say.duplicate', { code: result.code }))
    else if (result.kind === 'exempt') this.say('wrong', t('say.exempt', { reason: textOr('reason.' + result.reason, result.reason) }))
    else if (result.kind === 'no_tube') this.say('wrong', t('say.noTube'))
    else if (result.kind === 'full') this.say('wrong', t('say.full'))
    else this.say('wrong', t('say.alone'))
  }
  async undo(): Promise<void> {
    await this.safely(async () => {
      const result = await this.tube.undoLast()
      if (result.kind === 'nothing') this.say('wrong', t('say.undoNothing'))
      else if (result.kind === 'too_late') this.say('wrong', t('say.undoLate', { n: this.settings.undoMinutes ?? 0 }))
      else if ('member' in result) this.say('seal', t('say.undone', { name: this.tube.people.get(result.member)?.name ?? result.member }))
    })
  }
  async sealTube(): Promise<void> {
    await this.safely(async () => {
      const record = await this.tube.seal()
      if (record) this.say('seal', t('say.sealed', { code: record.note ?? '', n: (record.body.people as unknown[]).length }))
    })
  }

  /** One tap for a whole door: who is there goes into the tube, who is not has a reason. */
  async confirmHousehold(present: Person[], reasons: Map<string, string>): Promise<void> {
    await this.safely(async () => {
      if (present.length) {
        const result = await this.tube.bindAll(present)
        if (result.kind !== 'bound') { this.tell(result, present[0] as Person); return }
      }
      for (const [key, reason] of reasons) await this.excuse(this.household?.find((each) => each.key === key), reason)
      this.household = null
      this.say('ok', present.length ? t('say.household', { n: present.length }) : t('say.recorded'))
    })
  }
  async excuse(person: Person | undefined, reason: string): Promise<void> {
    if (!person || person.slot === undefined) return
    const exempt = ['medical', 'infant', 'isolated'].includes(reason)
    const marked: Person = exempt ? { ...person, exempt: reason } : { ...person, missed: reason }
    const body: Body = exempt ? { round: this.settings.round, slot: person.slot, reason } : { round: this.settings.round, slot: person.slot, count: 1, reason }
    await this.outbox.add(exempt ? 'exempt_resident' : 'record_missed', withTime(body, this.clock), { note: [person.door, person.name].filter(Boolean).join(' '), also: [{ store: 'people', put: marked }] })
    this.tube.people.set(person.key, marked)
  }

  /** Tubes sealed on this phone that are in no box. */
  tubesToBox(): { code: string; n: number }[] {
    const dead = (key: string) => ['refused', 'closed'].includes(this.outbox.receipts.get(key)?.state ?? '')
    const counts = new Map<string, number>()
    const count = (code: string, n: number) => counts.set(code, (counts.get(code) ?? 0) + n)
    for (const person of this.tube.people.values()) if (person.mine && person.sampled) count(person.sampled, 1)
    // People stay marked after their record was copied elsewhere and dropped here.
    for (const record of this.outbox.records.values()) if (record.command === 'sample_tube' && record.origin === 'here' && !dead(record.key) && !counts.has(String(record.body.code))) count(String(record.body.code), (record.body.people as unknown[]).length)
    return [...counts].filter(([code]) => !this.boxed.has(code)).map(([code, n]) => ({ code, n })).sort((x, y) => (x.code < y.code ? -1 : 1))
  }
  openTubes(): number { return this.tubesToBox().length }
  async sealBox(code: string, tubes: string[]): Promise<void> {
    const { round, site } = this.settings
    await this.safely(async () => {
      await this.outbox.add('seal_box', withTime({ round, site, code, tubes, count: tubes.length }, this.clock), { note: code, also: [{ store: 'lists', put: { key: 'box:' + code, tubes } as { key: string } }] })
      for (const tube of tubes) this.boxed.add(tube)
      this.say('seal', t('seal.sealed', { code }))
    })
  }
  /** The laboratory's code holds its side of the receipt; this phone's user signs the other. */
  async giveBox(offer: HandOver, laboratory: string): Promise<void> {
    const body = { box: offer.box, institution: offer.laboratory, count: offer.counted, ...(offer.tenths !== undefined && { temperature_tenths: offer.tenths }), ...(offer.missing.length && { missing: offer.missing.map((code) => ({ code })) }), ...(offer.damaged.length && { damaged: offer.damaged }), courier_signature: this.session?.display ?? '', to_signature: offer.receiver }
    await this.carry('receive_box', body, { ...this.carried.get(offer.code), key: 'carry:' + offer.code, code: offer.code, given: { at: this.clock.logNow(), laboratory, count: offer.counted, receiver: offer.receiver } })
  }
  async carry(command: string, body: Body, carried: Carried): Promise<void> {
    await this.safely(async () => {
      await this.outbox.add(command, withTime(body, this.clock), { note: carried.code, also: [{ store: 'lists', put: carried }] })
      this.carried.set(carried.code, carried)
      this.say(carried.given ? 'seal' : 'ok', t(carried.given ? 'carry.given' : 'carry.picked', { code: carried.code }))
    })
  }
  /** What became of it; null = this phone did no such thing. A record that a second place holds is dropped here: it is in the log. */
  boxAct(act: 'picked' | 'given', code: string): { state: 'waiting' | 'log' | 'refused'; position: number | null } | null {
    if (!this.carried.get(code)?.[act]) return null
    const command = act === 'given' ? 'receive_box' : 'pick_up_box', record = [...this.outbox.records.values()].filter((each) => each.command === command && each.note === code).pop()
    const receipt = record && this.outbox.receipts.get(record.key), refused = receipt?.state === 'refused' || receipt?.state === 'closed'
    return { state: refused ? 'refused' : record && !receipt ? 'waiting' : 'log', position: receipt?.position ?? null }
  }
  /** Any other act: on the device first, sent when it can be. */
  async record(command: string, body: Body, note: string): Promise<void> {
    await this.safely(async () => {
      await this.outbox.add(command, withTime(body, this.clock), { note })
      this.say('ok', this.sender.reached ? t('say.recorded') : t('say.queued'))
    })
  }
}

export const app = new App()
