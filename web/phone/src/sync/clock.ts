// The phone's clock may be hours wrong. What the server tells is remembered as two differences: to its wall clock, which
// the keys carry, and to the clock of its log, by which facts happen (an exercise has a clock of its own).
import type { Body, Storage, World } from './types'

const metaKey = 'clock'

export class PhoneClock {
  private wall: number | null = null
  private log: number | null = null
  private lastTold = 0

  constructor(private readonly world: World, private readonly storage: Storage) {}

  async open(): Promise<void> {
    for (const row of await this.storage.all<{ key: string; wall: number | null; log: number | null }>('meta')) {
      if (row.key === metaKey) { this.wall = row.wall; this.log = row.log }
    }
  }

  /** From an answer: the header Date has seconds only, so small differences are left alone. */
  async learn(date: string | null, logNow: unknown): Promise<void> {
    const now = this.world.now()
    const wall = date ? Date.parse(date) - now : Number.NaN, log = typeof logNow === 'string' ? Date.parse(logNow) - now : Number.NaN
    const moved = (fresh: number, old: number | null) => Number.isFinite(fresh) && (old === null || Math.abs(fresh - old) > 2000)
    const wallMoved = moved(wall, this.wall), logMoved = moved(log, this.log)
    if (!wallMoved && !logMoved) return
    // A phone whose clock was put right keeps its distance to the log, unless this answer told that too.
    if (wallMoved && !logMoved && this.wall !== null && this.log !== null) this.log += wall - this.wall
    if (wallMoved) this.wall = wall
    if (logMoved) this.log = log
    await this.storage.write([{ store: 'meta', put: { key: metaKey, wall: this.wall, log: this.log } as { key: string } }])
  }

  wallNow(): number { return this.world.now() + (this.wall ?? 0) }
  logNow(): number { return this.world.now() + (this.log ?? this.wall ?? 0) }

  /** When something happens now, in the log's time. Never earlier than what this phone told before: order is kept. */
  occurred(): string {
    this.lastTold = Math.max(this.lastTold, this.logNow())
    // A little back, so that rounding and travel never make it the future.
    return new Date(this.lastTold - 1000).toISOString()
  }

  newKey(): string {
    const time = Math.max(0, Math.floor(this.wallNow())).toString(16).padStart(12, '0').slice(-12)
    return time + Array.from(this.world.bytes(10), (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}

export function withTime(body: Body, clock: PhoneClock): Body { return { ...body, occurred: clock.occurred() } }
