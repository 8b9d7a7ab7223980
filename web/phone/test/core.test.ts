import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { handOverText } from '../../console/src/base/handOver'
import { base45, checkCharacter, crc32, FrameReader, fromBase45, householdCode, isDocument, later, newCode, openBundle, Outbox, PhoneClock, plainCode, problemOf, readScan, residentCode, resolve, sealBundle, Sender, toFrames, toJson, TubeWork } from '../src/core'
import type { Change, Network, Reply, Storage, World } from '../src/core'

globalThis.crypto ??= webcrypto as Crypto // Node 18
const random = (count: number) => webcrypto.getRandomValues(new Uint8Array(count))

class Memory implements Storage {
  stores = new Map<string, Map<string, unknown>>()
  all<T>(store: string) { return Promise.resolve([...(this.stores.get(store)?.values() ?? [])] as T[]) }
  write(changes: Change[]) {
    for (const change of changes) {
      const store = this.stores.get(change.store) ?? new Map<string, unknown>()
      this.stores.set(change.store, store)
      if ('put' in change) store.set(change.put.key, structuredClone(change.put))
      else if ('drop' in change) store.delete(change.drop)
      else store.clear()
    }
    return Promise.resolve()
  }
}
class HandWorld implements World {
  time = Date.parse('2022-03-17T15:00:00Z')
  timers: { at: number; run: () => void }[] = []
  now() { return this.time }
  random() { return 0.5 }
  bytes(count: number) { return random(count) }
  after(ms: number, run: () => void) { const timer = { at: this.time + ms, run }; this.timers.push(timer); return () => { this.timers = this.timers.filter((t) => t !== timer) } }
  async pass(ms: number) {
    const end = this.time + ms
    for (;;) {
      const next = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((t) => t !== next)
      this.time = Math.max(this.time, next.at)
      next.run()
      await new Promise((done) => { setImmediate(done) })
    }
    this.time = end
  }
}
const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({ status, body, header: (name) => ({ 'X-Bihuan-Epoch': '0', 'X-Bihuan-Copied-Through': '0', ...headers } as Record<string, string>)[name] ?? null })
const refusal = (status: number, code: string, field?: string, headers?: Record<string, string>) => reply(status, { type: 'urn:bihuan:error:x', code, field, detail_zh: '不', detail_en: 'no' }, headers)

type Sent = { command: string; key: string; body: string }[]
async function phone(answer: (name: string, body: string, key: string, protocol: number) => Reply | Promise<Reply>, whole: (list: Sent) => Reply | null = () => null) {
  const world = new HandWorld(), storage = new Memory(), clock = new PhoneClock(world, storage), outbox = new Outbox(storage, world, clock)
  const seen: { at: number; name: string; body: string; key: string; protocol: number }[] = []
  const requests: number[] = [] // how many commands in each
  const network: Network = {
    commands: async (list, protocol) => {
      requests.push(list.length)
      const instead = whole(list)
      if (instead) return instead
      const answers: Reply[] = []
      for (const { command, body, key } of list) { seen.push({ at: world.time, name: command, body, key, protocol }); answers.push(await answer(command, body, key, protocol)) }
      return { ...(answers[0] as Reply), status: 200, body: { answers: answers.map(({ status, body }) => ({ status, body })) } }
    },
    command: (name, body, key, protocol) => { seen.push({ at: world.time, name, body, key, protocol }); return Promise.resolve(answer(name, body, key, protocol)) },
    session: () => Promise.resolve(reply(200, { csrf: 'x' }))
  }
  const sender = new Sender(outbox, network)
  await outbox.open()
  sender.start()
  return { world, storage, outbox, sender, seen, requests, clock }
}

describe('hand-over codes', () => {
  const offer = { box: 120, code: 'BX0001', laboratory: 6, counted: 9, tenths: -42, missing: ['T0001', 'T0002'], damaged: [{ code: 'T0003', reason: 'too_old' }], receiver: '赵检验' }
  it('say on the phone what the laboratory’s screen was told', () => {
    expect(readScan(handOverText(offer) as string)).toEqual({ kind: 'handover', ...offer })
    const { tenths: _, ...plain } = { ...offer, missing: [], damaged: [] }
    expect(readScan(handOverText(plain) as string)).toEqual({ kind: 'handover', ...plain })
  })
  it('are refused when any character of them is another', () => {
    const text = handOverText(offer) as string
    for (let at = 4; at < text.length; at++) {
      const other = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
      if (/[0-9A-Z]/.test(text[at] as string)) expect(readScan(other).kind, other).toBe('wrong')
    }
  })
  it('are not made of what no code can hold', () => {
    expect(handOverText({ ...offer, missing: ['T-1'] })).toBeNull()
    expect(handOverText({ ...offer, missing: Array.from({ length: 200 }, (_, n) => 'TUBE' + String(n)) })).toBeNull()
  })
})

describe('codes', () => {
  it('finds a wrong digit of a document number, and every exchange of neighbours', () => {
    expect(isDocument('11010519491231002X')).toBe(true)
    expect(isDocument('110105194912310021')).toBe(false)
    expect(isDocument('11010519491331002X')).toBe(false)
    const good = '11010519491231002X'
    for (let at = 0; at < 17; at++) {
      const turned = good.slice(0, at) + good[at + 1] + good[at] + good.slice(at + 2)
      if (turned !== good) expect(isDocument(turned), turned).toBe(false)
    }
  })
  it('knows the check character of ISO 7064 MOD 37,36', () => {
    expect(checkCharacter('A12425GABC1234002')).toBe('M') // the example of a global release identifier
  })
  it('reads what labels say and refuses wrong ones', () => {
    expect(readScan(residentCode(12, 345) + '\n')).toEqual({ kind: 'resident', roll: 12, slot: 345 })
    expect(readScan(householdCode(12, 345, 4).toLowerCase())).toEqual({ kind: 'household', roll: 12, slot: 345, count: 4 })
    expect(readScan('R12-3450').kind === 'resident' && checkCharacter('R12-345') !== '0').toBe(false)
    expect(readScan('JL0001')).toEqual({ kind: 'label', code: 'JL0001' })
    expect(readScan('http://x').kind).toBe('wrong')
    for (const digit of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ') if (digit !== residentCode(1, 7).slice(-1)) expect(readScan('R1-7' + digit).kind).toBe('wrong')
  })
})

describe('a bundle of unsent records', () => {
  const records = Array.from({ length: 40 }, (_, i) => ({ key: i.toString(16).padStart(32, '0'), command: 'sample_tube', body: { code: 'T' + i, name: '王小明' }, made: i }))
  it('comes back whole from pictures in any order and twice', async () => {
    const code = newCode(random), frames = toFrames(await sealBundle(records, code, random)), reader = new FrameReader()
    expect(frames.every((f) => /^[0-9A-Z $%*+\-./:]+$/.test(f))).toBe(true)
    let whole: Uint8Array | null = null
    for (const frame of [...frames.slice(1).reverse(), frames[1] ?? '', 'BQ1:nonsense', frames[0] as string]) whole = reader.take(frame) ?? whole
    expect(await openBundle(whole as Uint8Array, plainCode(` ${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`))).toEqual(records)
  })
  it('is refused with another code or a changed byte', async () => {
    const bytes = await sealBundle(records, 'AAAABBBBCCCC', random)
    await expect(openBundle(bytes, 'AAAABBBBCCCD')).rejects.toThrow()
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] as number) ^ 1
    await expect(openBundle(bytes, 'AAAABBBBCCCC')).rejects.toThrow()
  })
  it('shows no name on its way', async () => {
    expect(Buffer.from(await sealBundle(records, 'AAAABBBBCCCC', random)).includes('王小明')).toBe(false)
  })
  it('keeps all bytes in base 45', () => {
    for (let length = 0; length < 40; length++) { const bytes = random(length); expect(fromBase45(base45(bytes))).toEqual(bytes) }
    expect(fromBase45(':::')).toBe(null)
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})

describe('sending', () => {
  const accepted = (position: number) => reply(200, { position, tube: position })
  it('keeps a record until a copy has it, and sends it again after a restore under the same key', async () => {
    let epoch = '0', position = 0
    const p = await phone(() => reply(200, { position: ++position }, { 'X-Bihuan-Epoch': epoch, 'X-Bihuan-Copied-Through': '1' }))
    await p.outbox.add('a_command', { n: 1 })
    await p.outbox.add('a_command', { n: 2 })
    await p.world.pass(5000)
    expect([...p.outbox.records.values()].map((r) => r.body.n)).toEqual([2])
    const before = p.seen.length
    epoch = '77'
    position = 10
    await p.outbox.add('a_command', { n: 3 })
    p.sender.poke()
    await p.world.pass(10000)
    expect(p.seen.slice(before).map((s) => s.body)).toEqual(['{"n":3}', '{"n":2}'])
    expect(p.seen[before + 1]?.key).toBe(p.seen[1]?.key)
  })
  it('honours Retry-After even when a person taps', async () => {
    const p = await phone(() => refusal(503, 'BUSY', undefined, { 'Retry-After': '40' }))
    await p.outbox.add('a_command', {})
    await p.world.pass(100)
    for (let turn = 0; turn < 30; turn++) { p.sender.poke(); await p.world.pass(1000) }
    expect(p.seen.length).toBe(1)
    await p.world.pass(20000)
    expect(p.seen.length).toBe(2)
  })
  it('backs off, but not for ever', async () => {
    const p = await phone(() => Promise.reject(new Error('cut')))
    await p.outbox.add('a_command', {})
    await p.world.pass(3600000)
    expect(p.seen.length).toBeGreaterThan(12)
    expect(p.seen.length).toBeLessThan(40)
    expect(p.sender.summary().waiting).toBe(1)
  })
  it('is not taken in by the page of a hotel', async () => {
    const p = await phone(() => reply(200, '<html>'))
    await p.outbox.add('a_command', {})
    await p.world.pass(60000)
    expect(p.sender.summary()).toMatchObject({ waiting: 1, reached: false })
  })
  it('keeps refusals for a person and goes on with the rest', async () => {
    const p = await phone((name) => (name === 'bad_one' ? refusal(409, 'CONFLICT', 'people[0]') : accepted(5)))
    const bad = await p.outbox.add('bad_one', {})
    await p.outbox.add('good_one', {})
    await p.world.pass(5000)
    expect(p.sender.summary()).toMatchObject({ waiting: 0, refused: 1 })
    await expect(p.outbox.close(bad.key, ' ')).rejects.toThrow()
    await p.outbox.add('good_one', {}, { replaces: bad.key })
    await p.world.pass(5000)
    expect(p.sender.summary()).toMatchObject({ waiting: 0, refused: 0 })
  })
  it('lets one record on which the server fails not stop the others', async () => {
    const p = await phone((name) => (name === 'poison' ? refusal(500, 'IO') : accepted(5)))
    await p.outbox.add('poison', {})
    await p.outbox.add('good_one', {})
    await p.world.pass(120000)
    expect(p.outbox.waiting().map((r) => r.command)).toEqual(['poison'])
  })
  it('sends what has gathered in one request, and never past a record that waits for its answer', async () => {
    let position = 0
    const p = await phone(() => reply(200, { position: ++position, tube: position }))
    p.sender.stop()
    const tubes = []
    for (let n = 0; n < 60; n++) tubes.push(await p.outbox.add('sample_tube', { n }))
    await p.outbox.add('undo_sample', { tube: later(tubes[59]!.key, 'tube'), slot: 3 })
    await p.outbox.add('seal_box', { tubes: 60 })
    p.sender.start()
    await p.world.pass(5000)
    expect(p.requests).toEqual([50, 10, 2])
    expect(p.seen.map((s) => s.name).slice(58)).toEqual(['sample_tube', 'sample_tube', 'undo_sample', 'seal_box'])
    expect(p.seen[60]?.body).toBe('{"tube":60,"slot":3}')
    expect(p.sender.summary()).toMatchObject({ waiting: 0, refused: 0 })
  })
  it('goes one by one where many at once are not taken', async () => {
    for (const status of [404, 405, 413]) {
      const p = await phone(() => accepted(1), () => reply(status, '<html>'))
      p.sender.stop()
      for (let n = 0; n < 5; n++) await p.outbox.add('a_command', { n })
      p.sender.start()
      await p.world.pass(5000)
      expect(p.requests).toEqual([5])
      expect(p.seen.length).toBe(5)
      expect(p.sender.summary().waiting).toBe(0)
    }
  })
  it('holds all of a request back while the server has no room', async () => {
    const p = await phone(() => accepted(1), () => (p.requests.length < 3 ? refusal(503, 'BUSY', undefined, { 'Retry-After': '30' }) : null))
    p.sender.stop()
    for (let n = 0; n < 5; n++) await p.outbox.add('a_command', { n })
    p.sender.start()
    await p.world.pass(29000)
    expect(p.seen.length).toBe(0)
    expect(p.requests).toEqual([5])
    await p.world.pass(120000)
    expect(p.seen.map((s) => s.body)).toEqual(Array.from({ length: 5 }, (_, n) => `{"n":${n}}`))
  })
  it('believes no answer that does not fit the request', async () => {
    for (const body of [{}, { answers: [] }, { answers: [{ status: 200, body: { position: 1 } }] }, '<html>']) {
      const p = await phone(() => accepted(1), () => reply(200, body))
      p.sender.stop()
      for (let n = 0; n < 2; n++) await p.outbox.add('a_command', { n })
      p.sender.start()
      await p.world.pass(20000)
      expect(p.sender.summary()).toMatchObject({ waiting: 2, reached: false })
    }
  })
  it('speaks the older protocol when the newer one is not known, and says so when neither is', async () => {
    let newest = 1
    const p = await phone((_n, _b, _k, protocol) => (protocol > newest ? refusal(426, 'INVALID', 'X-Bihuan-Protocol') : accepted(1)))
    await p.outbox.add('a_command', {})
    await p.world.pass(5000)
    expect(p.seen.map((s) => s.protocol)).toEqual([2, 1])
    newest = 0
    await p.outbox.add('a_command', {})
    p.sender.poke()
    await p.world.pass(10000)
    expect(p.sender.summary()).toMatchObject({ waiting: 1, update: true })
  })
  it('wipes everything when headquarters says so', async () => {
    const p = await phone(() => refusal(410, 'EXPIRED', 'wipe'))
    await p.outbox.add('a_command', {})
    await p.world.pass(5000)
    expect(p.outbox.records.size).toBe(0)
    expect([...p.storage.stores.values()].every((store) => store.size === 0)).toBe(true)
  })
  it('waits until an answer brings what a later record needs', async () => {
    const p = await phone((name) => (name === 'sample_tube' ? accepted(42) : accepted(43)))
    const first = await p.outbox.add('sample_tube', { receipt: '$int:1152921504606846975' })
    await p.outbox.add('undo_sample', { tube: later(first.key, 'tube'), slot: 3 })
    await p.world.pass(5000)
    expect(p.seen.map((s) => s.body)).toEqual(['{"receipt":1152921504606846975}', '{"tube":42,"slot":3}'])
  })
  it('takes a key that somebody else used as arrived only if the record had left this phone', async () => {
    const p = await phone(() => refusal(422, 'KEY_REUSED'))
    await p.outbox.add('stays_here', {})
    await p.world.pass(3000)
    expect(p.sender.summary().refused).toBe(1)
    await p.outbox.add('went_out', {})
    await p.outbox.takeOut()
    p.sender.poke()
    await p.world.pass(10000)
    expect(p.sender.summary()).toMatchObject({ refused: 1, waiting: 0 })
  })
})

describe('clock', () => {
  it('says when it happened by the clock of the log, although its own is two hours off', async () => {
    const world = new HandWorld(), clock = new PhoneClock(world, new Memory())
    await clock.learn(new Date(world.time - 7200000).toUTCString(), new Date(world.time - 7200000).toISOString())
    expect(Math.abs(Date.parse(clock.occurred()) - (world.time - 7200000))).toBeLessThan(2000)
    expect(Math.abs(parseInt(clock.newKey().slice(0, 12), 16) - (world.time - 7200000))).toBeLessThan(2000)
  })
})

describe('clock, learning bit by bit', () => {
  it('does not take the first wall clock it hears of for a jump of its own', async () => {
    const world = new HandWorld(), clock = new PhoneClock(world, new Memory()), log = new Date(world.time - 3600000).toISOString()
    await clock.learn(null, log)
    await clock.learn(new Date(world.time + 2400000).toUTCString(), null)
    expect(Math.abs(clock.logNow() - Date.parse(log))).toBeLessThan(2000)
  })
  it('follows when the phone is put right', async () => {
    const world = new HandWorld(), clock = new PhoneClock(world, new Memory()), log = world.time - 3600000, wall = world.time
    await clock.learn(new Date(wall).toUTCString(), new Date(log).toISOString())
    world.time += 7200000 // its owner sets the clock; no time has passed
    await clock.learn(new Date(wall).toUTCString(), null)
    expect(Math.abs(clock.logNow() - log)).toBeLessThan(2000)
  })
})

describe('a tube', () => {
  const make = async () => {
    const world = new HandWorld(), storage = new Memory(), outbox = new Outbox(storage, world, new PhoneClock(world, storage))
    await storage.write([{ store: 'people', put: { key: '9', slot: 9, exempt: 'infant' } as { key: string } }, { store: 'people', put: { key: '8', slot: 8, sampled: 'OLD1' } as { key: string } }])
    const tube = new TubeWork(outbox, { round: 1, site: 2, poolSize: 10, undoWithin: 600000 })
    await tube.open()
    return { world, storage, outbox, tube }
  }
  it('of ten takes eleven scans and the next one seals it', async () => {
    const { outbox, tube } = await make()
    expect(await tube.bind({ key: '1', slot: 1 })).toEqual({ kind: 'no_tube' })
    await tube.scanTube('TUBE1')
    for (let slot = 11; slot <= 20; slot++) expect(await tube.bind({ key: String(slot), slot })).toMatchObject({ kind: 'bound', count: slot - 10 })
    expect(await tube.bind({ key: '30', slot: 30 })).toEqual({ kind: 'full' })
    expect((await tube.scanTube('TUBE2')).kind).toBe('opened')
    expect([...outbox.records.values()].map((r) => [r.command, r.body.code, (r.body.people as unknown[]).length])).toEqual([['sample_tube', 'TUBE1', 10]])
    expect(await tube.scanTube('TUBE1')).toMatchObject({ kind: 'used' })
    expect(await tube.bind({ key: '11', slot: 11 })).toEqual({ kind: 'duplicate', code: 'TUBE1' })
    expect(await tube.bind({ key: '8', slot: 8 })).toEqual({ kind: 'duplicate', code: 'OLD1' })
    expect(await tube.bind({ key: '9', slot: 9 })).toEqual({ kind: 'exempt', reason: 'infant' })
  })
  it('lets the last one be taken out, of a sealed tube within its time only', async () => {
    const { world, outbox, tube } = await make()
    await tube.scanTube('TUBE1')
    await tube.bind({ key: '1', slot: 1 })
    await tube.bind({ key: '2', slot: 2 })
    expect(await tube.undoLast()).toEqual({ kind: 'draft', member: '2' })
    await tube.bind({ key: '3', slot: 3 })
    await tube.seal()
    world.time += 500000
    expect(await tube.undoLast()).toEqual({ kind: 'sealed', member: '3' })
    expect(tube.holder('3')).toBe(undefined)
    world.time += 200000
    expect(await tube.undoLast()).toEqual({ kind: 'too_late' })
    expect([...outbox.records.values()].map((r) => r.command)).toEqual(['sample_tube', 'undo_sample'])
  })
  it('puts a whole household in at once or not at all', async () => {
    const { tube } = await make()
    await tube.scanTube('TUBE1')
    expect(await tube.bindAll([1, 2, 8].map((slot) => ({ key: String(slot), slot })))).toEqual({ kind: 'duplicate', code: 'OLD1' })
    expect(tube.count).toBe(0)
    expect(await tube.bindAll([1, 2, 3].map((slot) => ({ key: String(slot), slot })))).toMatchObject({ kind: 'bound', count: 3 })
  })
  it('comes back as it was when the page dies', async () => {
    const { storage, world, outbox, tube } = await make()
    await tube.scanTube('TUBE1')
    await tube.bind({ key: '1', slot: 1 })
    const again = new TubeWork(new Outbox(storage, world, outbox.clock), tube.settings)
    await again.open()
    expect(again.draft?.people.map((m) => m.slot)).toEqual([1])
  })
})

it('names, numbers and problems', () => {
  expect(toJson({ a: '$int:12', b: '$int:x' })).toBe('{"a":12,"b":"$int:x"}')
  expect(resolve({ a: [later('k', 'f')] }, () => undefined)).toBe(undefined)
  expect(problemOf(reply(403, { type: 'about:blank' }))).toBe(null)
})
