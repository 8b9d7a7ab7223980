// What the sync core asks of the world, and the shapes it keeps. Nothing here knows of a browser: the simulation runs the
// same code with a clock, a store and a network of its own.

/** One command as it was decided on this phone. Written once, never changed; dropped only when a copy elsewhere has it. */
export interface OutRecord {
  key: string // Idempotency-Key, made once: 12 hex of milliseconds, 20 of chance
  order: number // of writing on this phone
  command: string
  body: Body // may name values of answers still to come, see Later
  made: number // phone's clock
  origin: 'here' | 'import'
  by: number // user who was logged in; the log names whoever sends it
  note?: string // what a person reads in lists: tube code, door
  replaces?: string // the refused record that a person mended with this one
}
export type Body = { [name: string]: unknown }

/** A value that the answer of an earlier record will bring: {"$from": key, "field": "tube"}. */
export interface Later { $from: string; field: string }

/** What became of a record. No receipt = it still has to be sent. */
export interface Receipt {
  key: string
  state: 'accepted' | 'elsewhere' | 'refused' | 'closed'
  at: number
  epoch: number // of the log that said so
  position: number | null // null: it is in the log, the place is not known yet
  answer?: { [name: string]: unknown }
  problem?: Problem
  reason?: string // closed: why a person put a refusal aside
}

export interface Problem { status: number; code: string; field: string | null; zh: string; en: string; requestId: string }

export type StoreName = 'records' | 'receipts' | 'exported' | 'meta' | 'draft' | 'people' | 'lists'
export type Change = { store: StoreName; put: { key: string } & object } | { store: StoreName; drop: string } | { store: StoreName; clear: true }

/** Each row carries its own `key`. One write is one transaction: all of it or nothing, and durable when it returns. */
export interface Storage {
  all<T>(store: StoreName): Promise<T[]>
  write(changes: Change[]): Promise<void>
}

export interface Reply { status: number; header(name: string): string | null; body: unknown }
/** Rejects when no answer came: no network, timeout, cut connection. Then nobody knows whether the command arrived. */
export interface Network {
  command(name: string, body: string, key: string, protocol: number): Promise<Reply>
  /** Several in one request, in this order; `body` is JSON text. Each is answered as if it had come alone. */
  commands(list: { command: string; key: string; body: string }[], protocol: number): Promise<Reply>
  session(protocol: number): Promise<Reply>
}

export interface World {
  now(): number // the phone's own clock, which may be wrong and may jump
  after(milliseconds: number, run: () => void): () => void // returns the way to stop it
  random(): number // 0 <= x < 1
  bytes(count: number): Uint8Array // of chance, for keys
}

export interface Summary {
  waiting: number
  oldest: number | null // made, of the oldest not yet sent
  lastSent: number | null // when the last waiting record was accepted
  refused: number // need a person
  kept: number // accepted, not yet copied elsewhere
  login: boolean // the server wants a login first
  update: boolean // the server speaks no protocol that this page knows
  reached: boolean // the last attempt was answered
}
