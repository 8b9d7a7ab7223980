// The log's clock. The server tells it with every answer; between answers it runs on by the exercise's speed.
import { computed, reactive } from 'vue'
import { parseTime, type Instant } from '../base/time'

interface ClockStore { base: Instant; heardAt: number; tick: number; speed: number; running: boolean; position: number; lost: boolean; load: number; lookBack: Instant | null; blind: boolean }

/** blind: the past is looked at, and the screen shows something that only knows the present. */
export const clock = reactive<ClockStore>({ base: 0, heardAt: 0, tick: 0, speed: 1, running: true, position: 0, lost: false, load: 0, lookBack: null, blind: false })

export function hearServerTime(now: string): void {
  const instant = parseTime(now)
  if (instant === null || clock.lookBack !== null) return
  clock.base = instant
  clock.heardAt = performance.now()
  clock.tick = clock.heardAt
}

/** The log's present, whatever is being looked back at. Zero until the server has spoken. */
export const present = computed<Instant>(() =>
  clock.base === 0 ? 0 : clock.base + (clock.running ? (clock.tick - clock.heardAt) * clock.speed : 0))

/** The moment every screen speaks of: the past moment looked at, or else the present. */
export const now = computed<Instant>(() => clock.lookBack ?? present.value)

let timer: ReturnType<typeof setInterval> | null = null
export function startClock(): void {
  timer ??= setInterval(() => { clock.tick = Math.max(clock.heardAt, performance.now()) }, 1000)
}
