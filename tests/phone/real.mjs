// node real.mjs CORE.mjs PROGRAM: the page's sync code under node against the real program. The line loses and doubles messages, the
// server is killed, then lost with its disk and restored from a copy that had stayed behind. Every swab must be in the log once.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes, webcrypto } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

globalThis.crypto ??= webcrypto // Node 18
const core = await import(pathToFileURL(process.argv[2]).href), program = process.argv[3]
const folder = mkdtempSync(join(tmpdir(), 'bihuan-phones-')), copy = join(folder, 'copy.db'), secret = 'a secret of many phones'
const hurry = 20 // the page's own waits, divided by this
const area = '220202', community = '220202001001', phonesWanted = 4, tubesWanted = 30
const pause = (ms) => new Promise((done) => { setTimeout(done, ms) })
let failed = 0
function say(good, title, detail = '') { if (!good) failed++; console.log(`${good ? 'ok' : 'FAIL'} ${title}${good || !detail ? '' : ': ' + detail}`) }

const port = await new Promise((done) => { const probe = createServer().listen(0, '127.0.0.1', () => { const found = probe.address().port; probe.close(() => done(found)) }) })
const base = `http://127.0.0.1:${port}/api/v1`
let server = null, output = ''
async function serve(data, copying = true) {
  server = spawn(program, ['serve', '--data', data, '--port', String(port), '--lang', 'en', ...(copying ? ['--copy-to', copy] : [])], { stdio: ['ignore', 'pipe', 'pipe'] })
  server.stdout.on('data', (text) => { output += text })
  server.stderr.on('data', (text) => { output += text })
  for (let turn = 0; turn < 200; turn++) {
    if (await fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false)) return
    await pause(100)
  }
  throw new Error('not ready: ' + output.slice(-800))
}
async function kill() { const gone = new Promise((done) => { server.once('exit', done) }); server.kill('SIGKILL'); await gone }

class Client {
  cookie = ''
  csrf = ''
  async raw(method, path, text, more = {}) {
    const answer = await fetch(base + path, { method, headers: { ...(text !== undefined && { 'Content-Type': 'application/json' }), ...(this.cookie && { Cookie: this.cookie }), ...(this.csrf && method === 'POST' && { 'X-Bihuan-CSRF': this.csrf }), ...more }, ...(text !== undefined && { body: text }), signal: AbortSignal.timeout(5000) })
    const set = answer.headers.get('set-cookie')
    if (set) this.cookie = set.split(';')[0]
    return { status: answer.status, body: await answer.json().catch(() => null), header: (name) => answer.headers.get(name) }
  }
  async ask(method, path, body, more) {
    const reply = await this.raw(method, path, body && JSON.stringify(body), more)
    if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    if (reply.body?.csrf) this.csrf = reply.body.csrf
    return reply.body
  }
  run(command, body) { return this.ask('POST', '/commands/' + command, body, { 'Idempotency-Key': Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex') }) }
  query(query, params) { return this.ask('GET', `/queries/${query}?${new URLSearchParams(params)}`) }
  login(login, password) { return this.ask('POST', '/login', { login, password }, { 'X-Bihuan-Protocol': '2' }) }
}

async function prepare() {
  const data = join(folder, 'data')
  spawnSync(program, ['init', '--data', data, '--name', 'phones', '--start', '2022-03-17T08:00:00+08:00'])
  await serve(data)
  for (let turn = 0; turn < 100 && !/token=(\S+)\s/.test(output); turn++) await pause(50) // told on a pipe of its own
  const admin = new Client()
  await admin.ask('POST', '/first-run', { token: /token=(\S+)/.exec(output)[1], login: 'admin', display: 'a', password: secret })
  const { institution: team } = await admin.run('register_institution', { kind: 'sampling_team', name: '队', area })
  const { roll } = await admin.run('open_roll', { area, name: '名册' })
  for (let part = 0; part < 4; part++) await admin.run('list_residents', { roll, area: community, households: Array.from({ length: 100 }, (_, i) => ({ building: part + 1, door: String(i + 1), residents: Array.from({ length: 4 }, () => ({ name: '甲乙', category: 'permanent' })) })) })
  const { round } = await admin.run('order_round', { area, roll, starts: '2022-03-17T08:00:00+08:00', accept_shortfall: '演练' })
  const { site } = await admin.run('open_site', { round, area: community, institution: team, name: '点', stations: 2, samplers: 2 })
  for (let number = 1; number <= phonesWanted; number++) {
    const { user } = await admin.run('register_user', { display: 'p' + number })
    await admin.run('grant_role', { user, role: 'sampler', area })
    await admin.ask('POST', '/account', { user, login: 'p' + number, password: 'the first of many phones' })
    const own = new Client()
    await own.login('p' + number, 'the first of many phones')
    await own.ask('POST', '/password', { old: 'the first of many phones', new: secret })
  }
  return { admin, roll, round, site, data }
}

class Memory {
  stores = new Map()
  all(store) { return Promise.resolve([...(this.stores.get(store)?.values() ?? [])].map((text) => JSON.parse(text))) }
  write(changes) {
    for (const change of changes) {
      const store = this.stores.get(change.store) ?? new Map()
      this.stores.set(change.store, store)
      if ('put' in change) store.set(change.put.key, JSON.stringify(change.put))
      else if ('drop' in change) store.delete(change.drop)
      else store.clear()
    }
    return Promise.resolve()
  }
}

class Phone {
  swabbed = []
  mended = 0
  constructor(number, world) { this.number = number; this.at = world; this.client = new Client(); this.skew = (number - 2) * 40 * 60000 }
  async open() {
    const storage = new Memory()
    const world = { now: () => Date.now() + this.skew, after: (ms, run) => { const timer = setTimeout(run, ms / hurry); return () => clearTimeout(timer) }, random: Math.random, bytes: (count) => new Uint8Array(randomBytes(count)) }
    await this.client.login('p' + this.number, secret)
    this.clock = new core.PhoneClock(world, storage)
    this.outbox = new core.Outbox(storage, world, this.clock)
    const bad = async (send) => {
      if (Math.random() < 0.1) throw new Error('lost on the way there')
      if (Math.random() < 0.1) void send().catch(() => undefined) // twice
      const reply = await send()
      if (Math.random() < 0.1) throw new Error('lost on the way back')
      return reply
    }
    this.sender = new core.Sender(this.outbox, {
      command: (name, body, key, protocol) => bad(() => this.client.raw('POST', '/commands/' + name, body, { 'Idempotency-Key': key, 'X-Bihuan-Protocol': String(protocol) })),
      commands: (list, protocol) => bad(() => this.client.raw('POST', '/commands', `{"commands":[${list.map((each) => `{"command":"${each.command}","key":"${each.key}","body":${each.body}}`).join(',')}]}`, { 'X-Bihuan-Protocol': String(protocol) })),
      session: (protocol) => bad(() => this.client.raw('GET', '/session', undefined, { 'X-Bihuan-Protocol': String(protocol) }))
    })
    const { now } = await this.client.query('rounds', {})
    await this.clock.learn(null, now)
    this.tube = new core.TubeWork(this.outbox, { round: this.at.round, site: this.at.site, poolSize: 10, undoWithin: 600000 })
    this.sender.start()
  }
  async work(from) {
    for (let tube = 0; tube < tubesWanted; tube++) {
      await this.tube.scanTube(`P${this.number}T${String(tube).padStart(4, '0')}`)
      for (let i = 0; i < 10; i++) {
        const slot = from + tube * 10 + i
        if ((await this.tube.bind({ key: String(slot), slot })).kind === 'bound') this.swabbed.push(slot)
      }
      await this.tube.seal()
      await pause(200)
    }
  }
  get left() { return this.outbox.waiting().length + this.outbox.refused().length }
}

try {
  const at = await prepare(), phones = []
  for (let number = 1; number <= phonesWanted; number++) { const phone = new Phone(number, at); await phone.open(); phones.push(phone) }
  const work = phones.map((phone, index) => phone.work(1 + index * 300))
  await pause(2500)
  await kill() // the process dies and comes back
  await pause(500)
  await serve(at.data, false) // the way to the second place is cut: the copy stays behind, and the phones are told so
  await pause(2500)
  const before = Number((await at.admin.raw('GET', '/session')).header('X-Bihuan-Epoch'))
  await kill() // the disk is lost
  const answered = Math.max(...phones.flatMap((phone) => [...phone.outbox.receipts.values()].map((receipt) => receipt.position ?? 0)))
  const lost = join(folder, 'restored')
  const restored = spawnSync(program, ['restore', '--from', copy, '--keys', at.data + '-keys', '--data', lost, '--lang', 'en'], { encoding: 'utf8' })
  say(restored.status === 0, 'the followed copy is restored', restored.stdout + restored.stderr)
  // Logins are kept apart from the log; here they outlive it, journal and all.
  for (const end of ['', '-wal']) if (existsSync(join(at.data, 'accounts.db' + end))) copyFileSync(join(at.data, 'accounts.db' + end), join(lost, 'accounts.db' + end))
  rmSync(copy, { force: true })
  const held = Number(/(\d+)/.exec(restored.stdout)?.[1])
  say(held < answered - 5, `the restore lost events that phones had been told of: ${answered} told, ${held} restored`)
  await serve(lost)
  await Promise.all(work)
  for (let turn = 0; turn < 120 && phones.some((phone) => phone.left); turn++) { for (const phone of phones) phone.sender.poke(); await pause(500) }
  await Promise.all(phones.map((phone) => phone.sender.checkIn().catch(() => false)))
  for (let turn = 0; turn < 120 && phones.some((phone) => phone.left); turn++) { for (const phone of phones) phone.sender.poke(); await pause(500) }
  for (const phone of phones) phone.sender.stop()
  say(phones.every((phone) => phone.left === 0), 'everything was sent and nothing was refused', phones.map((p) => `${p.outbox.waiting().length} wait, ${JSON.stringify(p.outbox.refused()[0]?.receipt.problem ?? null)}`).join('; '))
  const admin = new Client()
  await admin.login('admin', secret)
  const after = Number((await admin.raw('GET', '/session')).header('X-Bihuan-Epoch'))
  say(after > before, 'the restored log has a new epoch', `${before} ${after}`)
  const swabbed = phones.flatMap((phone) => phone.swabbed), round = await admin.query('round', { round: at.round })
  say(round.sampled === swabbed.length && swabbed.length === phonesWanted * tubesWanted * 10, `${swabbed.length} people in ${phonesWanted * tubesWanted} tubes, each once`, JSON.stringify(round))
  say(round.tubes.sampled === phonesWanted * tubesWanted, 'each tube once', JSON.stringify(round.tubes))
  const found = new Set()
  for (let next; ;) { const page = await admin.query('roll_slice', { roll: at.roll, area: community, round: at.round, limit: 200, ...(next && { after: next }) }); for (const row of page.rows) if (row.tube !== null) found.add(row.slot); next = page.next; if (!next) break }
  say(swabbed.every((slot) => found.has(slot)) && found.size === swabbed.length, 'the roll shows exactly who was swabbed', `${found.size} of ${swabbed.length}`)
  await kill()
  const verified = spawnSync(program, ['verify', '--data', lost, '--lang', 'en'], { encoding: 'utf8' })
  say(verified.status === 0, 'the restored log verifies', verified.stdout.slice(-600) + verified.stderr.slice(-300))
} catch (error) {
  say(false, 'the real server', String(error.stack ?? error).slice(0, 1200))
} finally {
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
