// The simulated world: one seed is one run. Time jumps from event to event, chance comes from the seed, nothing else does.
import { webcrypto } from 'node:crypto'

// Browsers and Node 20 have it everywhere, Node 18 (Debian 12) not.
globalThis.crypto ??= webcrypto

export class Chance {
  constructor(seed) { this.state = BigInt(seed) * 2654435761n + 88172645463325252n & 0xffffffffffffffffn || 1n }
  next32() {
    let x = this.state
    x ^= x << 13n & 0xffffffffffffffffn
    x ^= x >> 7n
    x ^= x << 17n & 0xffffffffffffffffn
    this.state = x
    return Number(x >> 32n)
  }
  unit() { return this.next32() / 2 ** 32 }
  below(count) { return Math.floor(this.unit() * count) }
  hit(share) { return this.unit() < share }
  between(low, high) { return low + this.unit() * (high - low) }
  bytes(count) { return Uint8Array.from({ length: count }, () => this.below(256)) }
}

export class Time {
  constructor() { this.now = Date.parse('2022-03-17T15:00:00Z'); this.heap = []; this.count = 0 }
  after(ms, run) {
    const event = { at: this.now + Math.max(0, ms), order: this.count++, run }
    let child = this.heap.push(event) - 1
    for (let parent = child - 1 >> 1; child > 0 && before(event, this.heap[parent]); child = parent, parent = child - 1 >> 1) {
      this.heap[child] = this.heap[parent]
      this.heap[parent] = event
    }
    return () => { event.run = null }
  }
  take() {
    const first = this.heap[0], last = this.heap.pop()
    if (!first || first === last) return first
    this.heap[0] = last
    for (let at = 0; ;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.heap.length && before(this.heap[child], this.heap[least])) least = child
      if (least === at) return first
      ;[this.heap[at], this.heap[least]] = [this.heap[least], this.heap[at]]
      at = least
    }
  }
  /** Lets everything happen until `until` or until `quiet()` says that nothing is left to wait for. */
  async run(until, quiet = () => false) {
    while (this.heap.length && this.heap[0].at <= until) {
      const event = this.take()
      if (!event.run) continue
      this.now = event.at
      event.run()
      await settle()
      if (quiet()) return true
    }
    this.now = Math.max(this.now, until)
    return quiet()
  }
}
const before = (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** All promises that can go on without time passing have gone on. */
export const settle = () => new Promise((resolve) => { setImmediate(resolve) })

/** What is on a device. A write is one step: a crash before its end leaves all of it or nothing, as chance has it. */
export class Device {
  constructor(time, chance) { this.time = time; this.chance = chance; this.stores = {}; this.boot = 0; this.full = false }
  apply(changes) {
    for (const change of changes) {
      const store = this.stores[change.store] ??= new Map()
      if ('put' in change) store.set(change.put.key, JSON.stringify(change.put))
      else if ('drop' in change) store.delete(change.drop)
      else store.clear()
    }
  }
  /** A storage for one life of the page; after a crash its promises never end. */
  storage() {
    const boot = this.boot
    const tail = { done: Promise.resolve() }
    return {
      all: (store) => Promise.resolve([...(this.stores[store] ?? new Map()).values()].map((text) => JSON.parse(text))),
      write: (changes) => {
        const copy = JSON.parse(JSON.stringify(changes))
        const write = () => new Promise((resolve, reject) => {
          this.time.after(this.chance.between(1, 30), () => {
            if (boot !== this.boot) return
            this.pending = null
            if (this.full) { reject(new Error('no space on the device')); return }
            this.apply(copy)
            resolve()
          })
          if (boot === this.boot) this.pending = copy
        })
        return tail.done = tail.done.then(write, write)
      }
    }
  }
  crash() {
    this.boot++
    if (this.pending && this.chance.hit(0.5)) this.apply(this.pending) // the write had reached the device
    this.pending = null
  }
}
