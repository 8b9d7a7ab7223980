// Sends the outbox, in the order of writing, many records in one request when many wait, until the server has said what became of each. It has timers of its own and
// trusts no browser service to wake it.
import { namedKeys, resolve, toJson } from './later'
import type { Outbox } from './outbox'
import type { Network, OutRecord, Problem, Reply, Summary } from './types'

export const protocols = [2, 1] // newest first
const firstWait = 2000, longestWait = 5 * 60000, pokeGap = 3000, checkEvery = 2 * 60000
const clockAheadLimit = 6 * 3600000
const mostTogether = 50, mostBytes = 200000 // of one request; the server takes 100 and a megabyte
const alonePause = 10 * 60000 // where a server, or a proxy before it, does not take many at once

type Verdict = 'done' | 'later' | 'pass' // next one, stop for now, leave this one and take the next

export class Sender {
  private running = false
  private stopTimer: (() => void) | null = null
  private failures = 0
  private askedUntil = 0 // Retry-After: not even a person's tap goes before it
  private lastTry = -Infinity
  private readonly passed = new Map<string, { until: number; times: number }>() // records the server failed on
  private lastSent: number | null = null
  private protocol = 0
  private aloneUntil = -Infinity
  private stopped = false
  login = false
  update = false
  reached = false
  /** The server says that this phone must forget everything. */
  wiped: () => Promise<void> = async () => { await this.outbox.wipe() }
  /** The CSRF token went stale: read the session anew. False = there is none. */
  renew: () => Promise<boolean> = () => Promise.resolve(false)

  constructor(private readonly outbox: Outbox, private readonly network: Network) { outbox.added = () => this.poke() }

  private get world() { return this.outbox.world }

  start(): void { this.stopped = false; this.schedule(0) }
  stop(): void { this.stopped = true; this.stopTimer?.(); this.stopTimer = null }

  /** On focus, on each scan, when the network comes back: try now, but not in a storm and not before the server asked. */
  poke(): void {
    if (this.stopped || this.running) return
    const now = this.world.now()
    this.schedule(Math.max(0, this.askedUntil - now, Math.min(pokeGap, this.lastTry + pokeGap - now)))
  }
  loggedIn(): void { this.login = false; this.failures = 0; this.askedUntil = 0; this.lastTry = -Infinity; this.poke() }

  private schedule(milliseconds: number): void {
    this.stopTimer?.()
    if (this.stopped) return
    this.stopTimer = this.world.after(milliseconds, () => { this.stopTimer = null; void this.run() })
  }

  summary(): Summary {
    const waiting = this.outbox.waiting()
    const kept = [...this.outbox.receipts.values()].filter((r) => r.state === 'accepted' || r.state === 'elsewhere').length
    return { waiting: waiting.length, oldest: waiting.length ? Math.min(...waiting.map((r) => r.made)) : null, lastSent: this.lastSent, refused: this.outbox.refused().length, kept, login: this.login, update: this.update, reached: this.reached }
  }

  private async run(): Promise<void> {
    if (this.running || this.stopped) return
    this.running = true
    let wait = checkEvery * (0.75 + this.world.random() / 2)
    try {
      wait = (await this.round()) ?? wait
    } catch {
      // The device refused to store a receipt. The record is still there and goes again under its key.
      wait = this.backOff()
    } finally {
      this.running = false
    }
    this.outbox.changed()
    this.schedule(wait)
  }

  private backOff(): number {
    this.failures++
    const most = Math.min(longestWait, firstWait * 2 ** Math.min(this.failures - 1, 10))
    return most * (0.5 + this.world.random() / 2)
  }

  /** Milliseconds until the next one; undefined = the usual. */
  private async round(): Promise<number | undefined> {
    let sent = 0
    for (;;) {
      const record = this.next()
      if (!record) break
      const together = this.together()
      const verdict = together.length > 1 ? await this.attemptAll(together) : await this.attempt(record)
      if (this.stopped) return undefined
      if (verdict === 'later') return Math.max(this.backOff(), this.askedUntil - this.world.now())
      if (verdict === 'done') { sent++; this.failures = 0 }
    }
    // Nothing was sent, so nothing was heard of a restore, of the copy, or of an order to wipe.
    if (!sent && !(await this.checkIn())) return Math.max(this.backOff(), this.askedUntil - this.world.now())
    this.failures = 0
    const soonest = Math.min(...this.outbox.waiting().map((r) => this.passed.get(r.key)?.until ?? Infinity))
    if (this.next()) return 0
    return Number.isFinite(soonest) ? Math.max(1000, soonest - this.world.now()) : undefined
  }

  private next(): OutRecord | undefined {
    const now = this.world.now()
    return this.outbox.waiting().find((record) => (this.passed.get(record.key)?.until ?? 0) <= now && (this.bodyOf(record) !== undefined || this.isOrphan(record)))
  }

  /** What may go in one request: in order, and nothing that comes after a record which waits for an answer to this request. */
  private together(): OutRecord[] {
    const now = this.world.now(), list: OutRecord[] = [], keys = new Set<string>()
    let bytes = 0
    if (now < this.aloneUntil) return list
    for (const record of this.outbox.waiting()) {
      if ((this.passed.get(record.key)?.until ?? 0) > now) continue
      const body = this.bodyOf(record)
      if (body === undefined && (this.isOrphan(record) || namedKeys(record.body).some((key) => keys.has(key)))) break
      if (body === undefined) continue
      bytes += toJson(body).length
      if (list.length === mostTogether || (bytes > mostBytes && list.length > 0)) break
      list.push(record)
      keys.add(record.key)
    }
    return list
  }

  private bodyOf(record: OutRecord) { return resolve(record.body, (wanted) => this.outbox.answerOf(wanted)) }

  /** It waits for an answer that will not come: the other record was refused, sent by somebody else, or is not here. */
  private isOrphan(record: OutRecord): boolean {
    return resolve(record.body, (wanted) => {
      const receipt = this.outbox.receipts.get(wanted.$from)
      return receipt === undefined && this.outbox.records.has(wanted.$from) ? 0 : this.outbox.answerOf(wanted)
    }) === undefined
  }

  private async attempt(record: OutRecord): Promise<Verdict> {
    const body = this.bodyOf(record)
    if (!body) {
      await this.outbox.refuse(record, { status: 0, code: 'NEEDS_EARLIER', field: null, zh: '它所依据的前一条记录未被本机确认，请人工处理。', en: 'The earlier record that this one needs was not confirmed to this phone. A person has to decide.', requestId: '' })
      return 'done'
    }
    this.lastTry = this.world.now()
    let reply: Reply
    try {
      reply = await this.network.command(record.command, toJson(body), record.key, protocols[this.protocol] as number)
    } catch {
      this.reached = false
      return 'later'
    }
    return this.stopped ? 'later' : this.judge(record, reply)
  }

  private async attemptAll(list: OutRecord[]): Promise<Verdict> {
    const bodies = list.map((record) => ({ command: record.command, key: record.key, body: toJson(this.bodyOf(record) ?? {}) }))
    this.lastTry = this.world.now()
    let reply: Reply
    try {
      reply = await this.network.commands(bodies, protocols[this.protocol] as number)
    } catch {
      this.reached = false
      return 'later'
    }
    if (this.stopped) return 'later'
    if (reply.status !== 200) return this.judgeWhole(list, reply)
    const answers = asObject(reply.body)?.answers
    if (!Array.isArray(answers) || answers.length !== list.length) { this.reached = false; return 'later' }
    let worst: Verdict = 'done'
    for (const [index, record] of list.entries()) {
      const answer = asObject(answers[index])
      const verdict = await this.judge(record, { status: typeof answer?.status === 'number' ? answer.status : 0, body: answer?.body, header: (name) => reply.header(name) })
      if (this.stopped) return 'later'
      if (verdict === 'later') worst = 'later'
    }
    return worst
  }

  /** None of them was looked at. What cannot be taken together goes one by one: then each gets its own verdict. */
  private async judgeWhole(list: OutRecord[], reply: Reply): Promise<Verdict> {
    const problem = problemOf(reply)
    const common = problem && (await this.judgeCommon(reply, problem))
    if (common) { this.reached = true; return common }
    if (reply.status === 503 || reply.status === 429 || reply.status === 408) { this.reached = problem !== null; return this.passOrWait(list[0] as OutRecord, reply) }
    this.aloneUntil = this.world.now() + alonePause
    return 'pass'
  }

  private async judge(record: OutRecord, reply: Reply): Promise<Verdict> {
    const body = asObject(reply.body)
    const epoch = numberOf(reply.header('X-Bihuan-Epoch')), copied = numberOf(reply.header('X-Bihuan-Copied-Through'))
    if (reply.status >= 200 && reply.status < 300) {
      // A hotel's login page also answers 200: only what our server says counts.
      if (!body || typeof body.position !== 'number' || epoch === null) { this.reached = false; return 'later' }
      this.reached = true
      await this.outbox.clock.learn(reply.header('Date'), body.recorded)
      if (!(await this.outbox.learnLog(epoch, copied ?? 0))) return 'later'
      await this.outbox.accept(record, body, body.position, epoch)
      this.passed.delete(record.key)
      if (this.outbox.waiting().length === 0) this.lastSent = this.world.now()
      return 'done'
    }
    return this.judgeProblem(record, reply, problemOf(reply), epoch, copied)
  }

  private async judgeProblem(record: OutRecord, reply: Reply, problem: Problem | null, epoch: number | null, copied: number | null): Promise<Verdict> {
    if (!problem) { this.reached = false; return this.passOrWait(record, reply) }
    this.reached = true
    if (epoch !== null && !(await this.outbox.learnLog(epoch, copied ?? 0))) return 'later'
    const common = await this.judgeCommon(reply, problem)
    if (common) return common
    if (reply.status >= 500 || reply.status === 429 || reply.status === 408) return this.passOrWait(record, reply)
    // The phone's clock ran ahead while it was out of reach: time itself mends that.
    const early = problem.field === 'occurred' && problem.code === 'INVALID' && this.world.now() - record.made < clockAheadLimit
    if (early) { await this.outbox.clock.learn(reply.header('Date'), null); this.passOver(record, 60000); return 'pass' }
    // The key is known under another name: who took the record over, or was logged in before, has sent it.
    const several = record.by !== this.outbox.actor || this.outbox.wasExported(record.key)
    if (problem.code === 'KEY_REUSED' && several) await this.outbox.acceptElsewhere(record)
    else await this.outbox.refuse(record, problem)
    return 'done'
  }

  /** What is said to the phone and not about this record. */
  private async judgeCommon(reply: Reply, problem: Problem): Promise<Verdict | null> {
    if (reply.status === 410 && problem.field === 'wipe') { this.stop(); await this.wiped(); return 'later' }
    if (reply.status === 401) { this.login = true; return 'later' }
    if (reply.status === 403 && problem.field === 'X-Bihuan-CSRF') { this.login = !(await this.renew()); return 'later' }
    if (reply.status !== 426) { this.update = false; return null }
    this.protocol = (this.protocol + 1) % protocols.length
    this.update = this.protocol === 0 // all were tried
    return this.update ? 'later' : 'pass'
  }

  private passOver(record: OutRecord, milliseconds: number): void {
    const times = (this.passed.get(record.key)?.times ?? 0) + 1
    this.passed.set(record.key, { until: this.world.now() + milliseconds * (0.5 + this.world.random() / 2), times })
  }

  /** Busy is everybody's matter and stops the row; a fault on this one record lets the others go on after three times. */
  private passOrWait(record: OutRecord, reply: Reply): Verdict {
    const asked = numberOf(reply.header('Retry-After'))
    if (asked !== null && asked > 0) this.askedUntil = this.world.now() + Math.min(asked * 1000, longestWait)
    if (reply.status !== 500) return 'later'
    const times = this.passed.get(record.key)?.times ?? 0
    this.passOver(record, times < 3 ? 0 : Math.min(longestWait, firstWait * 2 ** Math.min(times, 10)))
    return times < 3 ? 'later' : 'pass'
  }

  /** Asks for the session: tells of a restore, of the copy elsewhere, of an order to wipe, and keeps the clock right. */
  async checkIn(): Promise<boolean> {
    this.lastTry = this.world.now()
    let reply: Reply
    try {
      reply = await this.network.session(protocols[this.protocol] as number)
    } catch {
      this.reached = false
      return false
    }
    if (this.stopped) return false
    const body = asObject(reply.body), epoch = numberOf(reply.header('X-Bihuan-Epoch'))
    if (reply.status !== 200) {
      const problem = problemOf(reply)
      this.reached = problem !== null
      if (problem) await this.judgeCommon(reply, problem)
      return false
    }
    this.reached = body !== null && typeof body.csrf === 'string' && epoch !== null
    if (!this.reached || epoch === null) return false
    this.login = false
    await this.outbox.clock.learn(reply.header('Date'), null)
    await this.outbox.learnLog(epoch, numberOf(reply.header('X-Bihuan-Copied-Through')) ?? 0)
    return true
  }
}

function asObject(value: unknown): { [name: string]: unknown } | null { return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { [name: string]: unknown }) : null }
function numberOf(text: string | null): number | null { const value = text === null || text.trim() === '' ? Number.NaN : Number(text); return Number.isFinite(value) ? value : null }

/** A refusal of our own server; null for what a proxy or somebody else's page says. */
export function problemOf(reply: Reply): Problem | null {
  const body = asObject(reply.body)
  const text = (name: string) => (body && typeof body[name] === 'string' ? (body[name] as string) : '')
  if (!body || !text('type').startsWith('urn:bihuan:error:')) return null
  return { status: reply.status, code: text('code'), field: text('field') || null, zh: text('detail_zh'), en: text('detail_en'), requestId: text('request_id') }
}
