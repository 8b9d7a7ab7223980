// One run of simulated phones: the page's real sync code, a clock that jumps, devices that die, a server that is restored.
// Then the weather clears, everything is sent, and what happened at the doors is compared with what the log holds.
import { Chance, Device, Time, settle } from './world.mjs'
import { Line, ModelServer, replay } from './model.mjs'

const minutes = 60000, hours = 60 * minutes

class Phone {
  constructor(sim, number, people) {
    Object.assign(this, { sim, number, people })
    this.device = new Device(sim.time, sim.chance)
    this.skew = sim.options.calm ? 0 : Math.round(sim.chance.between(-2, 2) * hours)
    this.weather = { cut: false, drop: sim.chance.between(0, 0.3), twice: sim.chance.between(0, 0.3) }
    this.line = new Line(sim.time, sim.chance, sim.server, 100 + number, this.weather)
    this.labels = 0
    this.boxes = 0
    this.swabbed = [] // {code, slot}: the phone said yes, so the swab is in that tube
    this.undone = new Set() // code:slot
    this.boxed = []
    this.missed = []
    this.dead = false
    this.done = Promise.resolve()
  }
  get name() { return 'phone' + this.number }
  async boot() {
    const { core, time, chance } = this.sim
    const boot = this.device.boot
    const world = {
      now: () => time.now + this.skew, random: () => chance.unit(), bytes: (count) => chance.bytes(count),
      after: (ms, run) => time.after(ms, () => { if (this.device.boot === boot) run() })
    }
    const storage = this.device.storage()
    this.clock = new core.PhoneClock(world, storage)
    this.outbox = new core.Outbox(storage, world, this.clock)
    this.sender = new core.Sender(this.outbox, this.sim.options.network?.(this.line.network(), this) ?? this.line.network())
    this.tube = new core.TubeWork(this.outbox, { round: 1, site: 1, poolSize: 10, undoWithin: 10 * minutes })
    await this.clock.open()
    await this.outbox.open()
    await this.tube.open()
    this.sender.start()
  }
  /** The page dies wherever it is; the person looks at the screen afterwards and goes on from what it shows. */
  async crash() {
    this.sender.stop()
    this.device.crash()
    await this.boot()
    for (const member of this.tube.draft?.people ?? []) this.note(this.tube.draft.code, member.slot)
    for (const record of this.outbox.records.values()) if (record.command === 'sample_tube' && record.origin === 'here') for (const person of record.body.people) this.note(record.body.code, person.slot)
    // The page died while it took somebody out: he is out if the screen no longer shows him.
    if (this.undoing && !(this.tube.draft?.people ?? []).some((m) => this.tube.draft.code + ':' + m.slot === this.undoing)) this.undone.add(this.undoing)
    this.undoing = null
    for (const record of this.outbox.records.values()) if (record.command === 'undo_sample' && record.origin === 'here') this.undone.add(this.undoneOf(record))
  }
  undoneOf(record) { return this.outbox.records.get(record.note.split(':')[0]).body.code + ':' + record.note.split(':')[1] }
  note(code, slot) { if (!this.swabbed.some((s) => s.code === code && s.slot === slot)) this.swabbed.push({ code, slot }) }

  async act() {
    const { chance } = this.sim
    const dice = chance.below(100)
    if (dice < 70) await this.scan()
    else if (dice < 78) await this.undo()
    else if (dice < 84) await this.box()
    else if (dice < 90) await this.tell()
    else await this.tend()
  }
  async scan() {
    const { chance } = this.sim
    if (!this.tube.draft || this.tube.count >= 10 || chance.hit(0.1)) await this.tube.scanTube(`T${this.number}X${String(++this.labels).padStart(4, '0')}`)
    for (let turn = 0; turn < 1 + chance.below(4); turn++) {
      const slot = this.people[chance.below(this.people.length)]
      const code = this.tube.draft?.code
      const result = await this.tube.bind({ key: String(slot), slot })
      if (result.kind === 'bound') { this.note(code, slot); this.undone.delete(code + ':' + slot) }
      this.sender.poke()
    }
  }
  async undo() {
    const code = this.tube.draft?.code, last = this.tube.draft?.people.at(-1)
    this.undoing = last ? code + ':' + last.slot : null
    let result
    try { result = await this.tube.undoLast() } finally { this.undoing = null } // not reached by a page that dies
    if (result.kind === 'draft') this.undone.add(code + ':' + result.member)
    if (result.kind === 'sealed') this.undone.add(this.undoneOf([...this.outbox.records.values()].pop()))
  }
  async box() {
    const mine = [...this.outbox.records.values()].filter((r) => r.command === 'sample_tube' && !['refused', 'closed'].includes(this.outbox.receipts.get(r.key)?.state) && !this.boxed.some((b) => b.tubes.includes(r.body.code)))
    if (mine.length < 2) return
    const code = `B${this.number}X${String(++this.boxes).padStart(4, '0')}`, tubes = mine.map((r) => r.body.code)
    await this.outbox.add('seal_box', { round: 1, site: 1, code, tubes, count: tubes.length, occurred: this.clock.occurred() }, { note: code })
    this.boxed.push({ code, tubes })
  }
  /** A missed door may be told twice by two people: only the key keeps one telling from counting twice. */
  async tell() {
    const record = await this.outbox.add('record_missed', { round: 1, slot: this.people[0], reason: 'absent', occurred: this.clock.occurred() })
    this.missed.push(record.key)
  }
  /** The person goes through the list of what the server refused: mends what can be, closes the rest with a reason. */
  async tend() {
    for (const { record, receipt } of this.outbox.refused()) {
      const place = /^people\[(\d+)\]$/.exec(receipt.problem.field ?? '')
      if (record.command === 'sample_tube' && place && record.origin === 'here') {
        const out = record.body.people[Number(place[1])], people = record.body.people.filter((p) => p !== out)
        this.sim.told.add(record.body.code + ':' + out.slot)
        if (people.length) await this.outbox.add('sample_tube', { ...record.body, people }, { note: record.note, replaces: record.key })
        else await this.outbox.close(record.key, 'nobody is left in it')
      } else if (this.sim.clear && record.command === 'seal_box' && record.origin === 'here' && this.sim.chance.hit(0.5)) {
        await this.outbox.retry(record.key)
      } else {
        for (const person of record.body.people ?? []) this.sim.told.add(record.body.code + ':' + person.slot)
        this.sim.toldOther.add(record.body.code ?? record.key)
        if (record.command === 'undo_sample') this.sim.told.add('undo ' + record.key)
        await this.outbox.close(record.key, 'looked at: ' + receipt.problem.code)
      }
    }
  }
  /** Unsent records walk over to another phone: sealed, cut into pictures, read in any order. */
  async handOver(other) {
    const { core, chance } = this.sim
    const records = await this.outbox.takeOut()
    if (!records.length) return
    const again = JSON.parse(JSON.stringify(records))
    if (this.sim.options.realBundles) {
      const code = core.newCode((count) => chance.bytes(count))
      const frames = core.toFrames(await core.sealBundle(records, code, (count) => chance.bytes(count)))
      const reader = new core.FrameReader()
      let whole = null
      while (!whole) whole = reader.take(frames[chance.below(frames.length)])
      again.splice(0, again.length, ...await core.openBundle(whole, code))
    }
    await other.outbox.takeIn(again)
    await other.outbox.takeIn(again) // read in twice
    other.sender.poke()
  }
}

export async function simulate(core, seed, options = {}) {
  const time = new Time(), chance = new Chance(seed)
  const server = new ModelServer(time, chance, { faultShare: options.calm ? 0 : 0.01, newestProtocol: 1 + chance.below(2), alone: seed % 5 === 0, ...options.server })
  const sim = { core, time, chance, server, options, told: new Set(), toldOther: new Set(), clear: false }
  const phones = Array.from({ length: 2 + chance.below(2) }, (_, i) => new Phone(sim, i + 1, Array.from({ length: 60 }, (_, n) => i * 45 + n + 1))) // neighbours share 15 people
  for (const phone of phones) {
    const up = phone.boot()
    await step(time, up)
  }
  await disturb(sim, phones)
  return finish(sim, phones)
}

/** Lets time pass until the promise is there. */
async function step(time, promise, limit = 10 * minutes) {
  let over = false, error = null
  promise.then(() => { over = true }, (e) => { over = true; error = e })
  const end = time.now + limit
  await settle()
  while (!over && time.heap.length && time.now < end) await time.run(Math.min(end, time.heap[0].at))
  if (error && !/no space/.test(String(error.message))) throw error
  return over
}

async function disturb(sim, phones) {
  const { time, chance, server, options } = sim
  for (let turn = 0; turn < (options.turns ?? 70); turn++) {
    const phone = phones[chance.below(phones.length)]
    if (!phone.dead) {
      const act = phone.act()
      act.catch(() => undefined) // a page that died while its device was full
      // A quarter of the acts is cut in the middle: the page is killed while it writes.
      if (!options.calm && chance.hit(0.08)) { await time.run(time.now + chance.between(0, 60)); await step(time, phone.crash()) }
      else await step(time, act)
    }
    await time.run(time.now + chance.between(500, 3 * minutes))
    if (!options.calm) await fault(sim, phones)
  }
}

async function fault(sim, phones) {
  const { time, chance, server } = sim
  const phone = phones[chance.below(phones.length)], dice = chance.below(100)
  if (dice < 12) server.copyMore()
  else if (dice < 16) server.crash(chance.between(1000, 5 * minutes))
  else if (dice < 20 && server.up) server.restore(chance.between(5000, 10 * minutes))
  else if (dice < 24) { server.busy = true; time.after(chance.between(1000, minutes), () => { server.busy = false }) }
  else if (dice < 34) { phone.weather.cut = !phone.weather.cut }
  else if (dice < 37) phone.skew += Math.round(chance.between(-1, 1) * hours)
  else if (dice < 39) { phone.device.full = true; time.after(chance.between(1000, minutes), () => { phone.device.full = false }) }
  else if (dice < 42 && !phone.dead) {
    const others = phones.filter((other) => other !== phone && !other.dead)
    const other = others[chance.below(others.length)]
    if (other && await step(time, phone.handOver(other)) && chance.hit(0.3) && others.length && sealedAll(phone) && !phone.device.full && !other.device.full) {
      // Its battery is dead for good; what it had not sent is with the other, what it had sent may be needed again.
      if (phone.outbox.receipts.size === 0) { phone.dead = true; phone.sender.stop() }
    }
  }
}
const sealedAll = (phone) => !phone.tube.draft?.people.length && phone.outbox.waiting().every((record) => phone.outbox.wasExported(record.key))

async function finish(sim, phones) {
  const { time, server } = sim
  sim.clear = true
  server.busy = false
  server.options.faultShare = 0
  for (const phone of phones) { Object.assign(phone.weather, { cut: false, drop: 0, twice: 0 }); phone.device.full = false }
  await time.run(time.now + 15 * minutes) // late messages and a restart still under way
  const alive = phones.filter((phone) => !phone.dead)
  for (let turn = 0; turn < 60; turn++) {
    for (const phone of alive) { await step(time, phone.tube.seal()); await step(time, phone.tend()); phone.sender.poke() }
    await time.run(time.now + 10 * minutes, () => false)
    if (alive.every((phone) => phone.outbox.waiting().length === 0 && phone.outbox.refused().length === 0 && phone.outbox.epoch === server.epoch)) break
  }
  for (const phone of phones) phone.sender.stop()
  return compare(sim, phones, alive)
}

/** What is wrong, in words; empty when nothing was lost, nothing counted twice, and all replicas are equal. */
function compare({ server, told, toldOther }, phones, alive) {
  const wrong = []
  for (const phone of alive) {
    if (phone.outbox.waiting().length) wrong.push(`${phone.name}: ${phone.outbox.waiting().length} never sent`)
    if (phone.outbox.refused().length) wrong.push(`${phone.name}: refusals left`)
  }
  const said = new Set()
  for (const phone of phones) for (const { code, slot } of phone.swabbed) {
    const name = code + ':' + slot
    said.add(name)
    const there = server.state.tubes.get(code)?.slots.has(slot)
    if (phone.undone.has(name)) { if (there && ![...told].some((t) => t.startsWith('undo ')) && !told.has(name)) wrong.push(`${name}: undone, yet counted`) }
    else if (!there && !told.has(name)) wrong.push(`${name}: lost without a word`)
  }
  const held = new Map()
  for (const [code, tube] of server.state.tubes) for (const slot of tube.slots) {
    if (held.has(slot)) wrong.push(`slot ${slot}: in ${held.get(slot)} and ${code}`)
    held.set(slot, code)
    if (!said.has(code + ':' + slot)) wrong.push(`${code}:${slot}: nobody swabbed that`)
  }
  for (const phone of phones) for (const box of phone.boxed) {
    if (server.state.boxes.has(box.code) || toldOther.has(box.code)) continue
    // The page may have died before the record was on the device; then the phone never said yes.
    if ([...phone.outbox.records.values()].some((r) => r.body.code === box.code)) wrong.push(`${box.code}: box lost`)
  }
  for (const phone of phones) for (const key of phone.missed) if (!server.state.keys.has(key)) wrong.push(`${key}: a missed door is lost`)
  const keys = server.log.filter((event) => event.key).map((event) => event.key)
  if (new Set(keys).size !== keys.length) wrong.push('a key has two effects')
  server.copy = server.log.slice()
  if (replay(server.copy).text() !== server.state.text()) wrong.push('the copy differs from the log')
  for (const phone of alive) for (const [key, receipt] of phone.outbox.receipts) {
    // What a phone believes of its own records, against the log.
    if (receipt.state === 'accepted' && server.state.keys.get(key)?.position !== receipt.position) wrong.push(`${phone.name}: believes ${key} at ${receipt.position}`)
    if (receipt.state === 'elsewhere' && !server.state.keys.has(key)) wrong.push(`${phone.name}: believes ${key} was taken over`)
  }
  return { wrong, events: server.log.length, restores: server.log.filter((e) => e.command === 'log_restored').length, told: told.size, tubes: server.state.tubes.size, sampled: server.state.sampled.size, end: server.state.text() }
}
