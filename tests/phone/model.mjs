// A model of the server: a log, what follows from it, keys honoured as the real one does. It can crash around a commit, be
// restored from its copy, be busy, and hear a message twice or late.
import { createHash } from 'node:crypto'

const logAhead = 5 * 60000, keyAge = 30 * 24 * 3600000

export class State { // follows from the log alone
  constructor() { this.tubes = new Map(); this.sampled = new Map(); this.boxes = new Map(); this.keys = new Map(); this.numbers = new Map() }
  apply(event) {
    this.keys.set(event.key, event)
    const body = event.body
    if (event.command === 'sample_tube') {
      this.tubes.set(body.code, { number: event.position, slots: new Set(body.people.map((p) => p.slot)) })
      this.numbers.set(event.position, body.code)
      for (const person of body.people) this.sampled.set(person.slot, body.code)
    } else if (event.command === 'undo_sample') {
      this.tubes.get(this.numbers.get(body.tube)).slots.delete(body.slot)
      this.sampled.delete(body.slot)
    } else if (event.command === 'seal_box') {
      this.boxes.set(body.code, new Set(body.tubes))
      for (const code of body.tubes) this.tubes.get(code).box = body.code
    }
  }
  text() {
    const tubes = [...this.tubes].map(([code, tube]) => [code, tube.number, tube.box ?? '', [...tube.slots].sort((a, b) => a - b)]).sort()
    return JSON.stringify([tubes, [...this.sampled].sort((a, b) => a[0] - b[0]), [...this.boxes].map(([code, tubes]) => [code, [...tubes].sort()]).sort()])
  }
}

export function replay(log) {
  const state = new State()
  for (const event of log) if (event.command !== 'log_restored') state.apply(event)
  return state
}

const refusal = (status, code, field, en) => ({ status, body: { type: `urn:bihuan:error:${code.toLowerCase()}`, code, field, detail_zh: en, detail_en: en, request_id: 'sim' } })

export class ModelServer {
  constructor(time, chance, options = {}) {
    Object.assign(this, { time, chance, options })
    this.log = [] // positions 1, 2, 3 ...
    this.copy = [] // what the second place holds; may trail, never leads
    this.copied = 0 // what is told
    this.epoch = 0
    this.up = true
    this.life = 0
    this.busy = false
    this.state = new State()
  }
  headers() { return { 'X-Bihuan-Epoch': String(this.epoch), 'X-Bihuan-Copied-Through': String(this.options.lyingCopy ? this.log.length : this.copied), Date: new Date(Math.floor(this.time.now / 1000) * 1000).toUTCString() } }

  /** null: nobody answers. */
  async hear(message) {
    if (!this.up) return null
    const life = this.life
    if (this.busy) return { ...refusal(503, 'BUSY', null, 'busy'), headers: { ...this.headers(), 'Retry-After': String(1 + this.chance.below(5)) } }
    if (this.chance.hit(this.options.faultShare ?? 0)) return { ...refusal(500, 'IO', null, 'disk'), headers: this.headers() }
    if (message.protocol > (this.options.newestProtocol ?? 2)) return { ...refusal(426, 'INVALID', 'X-Bihuan-Protocol', 'protocol'), headers: this.headers() }
    await new Promise((resolve) => { this.time.after(this.chance.between(1, 20), resolve) })
    if (life !== this.life) return null // the process died with the message in its queue
    if (message.session) return { status: 200, body: { csrf: 'x', epoch: this.epoch }, headers: this.headers() }
    if (message.list && this.options.alone) return { ...refusal(404, 'MISSING', null, 'no such thing'), headers: this.headers() }
    const answer = message.list ? { status: 200, body: { answers: message.list.map((each) => this.one({ name: each.command, text: each.body, key: each.key, actor: message.actor })) } } : this.command(message)
    const headers = this.headers()
    await new Promise((resolve) => { this.time.after(this.chance.between(1, 5), resolve) })
    return life === this.life ? { ...answer, headers } : null // committed, and died before it could say so
  }

  one(message) { return this.chance.hit(this.options.faultShare ?? 0) ? refusal(500, 'IO', null, 'disk') : this.command(message) }
  command({ name, text, key, actor }) {
    const request = createHash('sha256').update(name + '\n' + text).digest('hex')
    const known = this.state.keys.get(key)
    if (known && !this.options.keysIgnored) {
      if (known.request !== request || known.actor !== actor) return refusal(422, 'KEY_REUSED', null, 'key was used')
      return { status: 200, body: known.answer }
    }
    const body = JSON.parse(text)
    if (Math.abs(this.time.now - parseInt(key.slice(0, 12), 16)) > keyAge) return refusal(410, 'EXPIRED', null, 'key expired')
    if (Date.parse(body.occurred) > this.time.now + logAhead) return refusal(422, 'INVALID', 'occurred', 'in the future')
    const no = this.decide(name, body)
    if (no) return no
    const position = this.log.length + 1
    const answer = { position, recorded: new Date(this.time.now).toISOString(), tube: name === 'sample_tube' ? position : undefined }
    const event = { position, key, request, actor, command: name, body, answer: JSON.parse(JSON.stringify(answer)) }
    this.log.push(event)
    this.state.apply(event)
    return { status: 200, body: event.answer }
  }

  decide(name, body) {
    const state = this.state
    if (name === 'sample_tube') {
      if (state.tubes.has(body.code)) return refusal(409, 'CONFLICT', 'code', 'code used')
      const index = body.people.findIndex((person) => state.sampled.has(person.slot))
      if (index >= 0) return refusal(409, 'CONFLICT', `people[${index}]`, 'already sampled in ' + state.sampled.get(body.people[index].slot))
    } else if (name === 'undo_sample') {
      const tube = state.tubes.get(state.numbers.get(body.tube))
      if (!tube?.slots.has(body.slot)) return refusal(404, 'MISSING', null, 'not in this tube')
      if (tube.box) return refusal(409, 'CONFLICT', 'tube', 'boxed')
    } else if (name === 'seal_box') {
      if (state.boxes.has(body.code)) return refusal(409, 'CONFLICT', 'code', 'code used')
      for (const code of body.tubes) if (!state.tubes.has(code) || state.tubes.get(code).box) return refusal(409, 'CONFLICT', 'tubes', code)
    }
    return null
  }

  // --- what befalls it ---
  copyMore() {
    const reach = this.copy.length + this.chance.below(this.log.length - this.copy.length + 1)
    this.copy = this.log.slice(0, reach)
    if (this.chance.hit(0.7)) this.copied = this.copy.length // told later than done
  }
  crash(downMs) {
    this.up = false
    this.life++
    this.time.after(downMs, () => { this.up = true; this.state = replay(this.log) })
  }
  /** The machine is lost; the copy becomes the log. Never older than what clients were told of it. */
  restore(downMs) {
    this.crash(downMs)
    this.log = this.copy.slice()
    this.epoch = Math.max(this.epoch + 1, this.time.now)
    this.log.push({ position: this.log.length + 1, command: 'log_restored' })
    this.copy = this.log.slice()
    this.copied = Math.min(this.copied, this.copy.length)
  }
}

/** The way between a phone and the server: slow, lossy, sometimes twice, sometimes overtaken. */
export class Line {
  constructor(time, chance, server, actor, weather) { Object.assign(this, { time, chance, server, actor, weather }) }
  network() {
    const ask = (message) => new Promise((resolve, reject) => {
      const stop = this.time.after(20000, () => reject(new Error('no answer in time')))
      const deliver = () => { void this.server.hear(message).then((answer) => this.back(answer, (given) => { stop(); resolve(given) })) }
      if (this.weather.cut || this.chance.hit(this.weather.drop)) return
      this.time.after(this.delay(), deliver)
      if (this.chance.hit(this.weather.twice)) this.time.after(this.delay() * 3, deliver)
    })
    return {
      command: (name, text, key, protocol) => ask({ name, text, key, protocol, actor: this.actor }),
      commands: (list, protocol) => ask({ list, protocol, actor: this.actor }),
      session: (protocol) => ask({ session: true, protocol })
    }
  }
  back(answer, resolve) {
    if (!answer || this.weather.cut || this.chance.hit(this.weather.drop)) return
    const found = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value]))
    this.time.after(this.delay(), () => resolve({ status: answer.status, body: JSON.parse(JSON.stringify(answer.body)), header: (name) => found[name.toLowerCase()] ?? null }))
  }
  delay() { return this.chance.hit(0.05) ? this.chance.between(5000, 90000) : this.chance.between(20, 800) }
}
