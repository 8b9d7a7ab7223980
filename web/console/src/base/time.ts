// Time as people read it. All times come from the server as ISO 8601 with an offset; the outbreak's zone is given
// in minutes east of UTC, and the "now" is the log's clock, never the clock of this computer.

export type Instant = number // milliseconds since 1970, UTC

export function parseTime(text: string | number | null | undefined): Instant | null {
  if (text === null || text === undefined || text === '') return null
  if (typeof text === 'number') return text
  const value = Date.parse(text)
  return Number.isNaN(value) ? null : value
}

interface Parts { year: number; month: number; day: number; hour: number; minute: number; second: number }

function partsOf(instant: Instant, zoneMinutes: number): Parts {
  const shifted = new Date(instant + zoneMinutes * 60000)
  return {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(), minute: shifted.getUTCMinutes(), second: shifted.getUTCSeconds()
  }
}

const two = (n: number) => String(n).padStart(2, '0')

/** 03-14 12:05, or 2022-03-14 12:05 with the year. */
export function formatTime(instant: Instant | null, zoneMinutes: number, withYear = false): string {
  if (instant === null) return '—'
  const p = partsOf(instant, zoneMinutes)
  return `${withYear ? p.year + '-' : ''}${two(p.month)}-${two(p.day)} ${two(p.hour)}:${two(p.minute)}`
}

export function formatClock(instant: Instant, zoneMinutes: number): string {
  const p = partsOf(instant, zoneMinutes)
  return `${p.year}-${two(p.month)}-${two(p.day)} ${two(p.hour)}:${two(p.minute)}:${two(p.second)}`
}

export function formatDay(instant: Instant | null, zoneMinutes: number): string {
  if (instant === null) return '—'
  const p = partsOf(instant, zoneMinutes)
  return `${p.year}-${two(p.month)}-${two(p.day)}`
}

function offsetText(zoneMinutes: number): string {
  const sign = zoneMinutes < 0 ? '-' : '+'
  const size = Math.abs(zoneMinutes)
  return `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** 2022-03-14T12:05:00+08:00: what the server expects. */
export function toIso(instant: Instant, zoneMinutes: number): string {
  const p = partsOf(instant, zoneMinutes)
  return `${p.year}-${two(p.month)}-${two(p.day)}T${two(p.hour)}:${two(p.minute)}:${two(p.second)}${offsetText(zoneMinutes)}`
}

/** Value of a datetime-local field, in the outbreak's zone. */
export function toLocalField(instant: Instant, zoneMinutes: number): string {
  return toIso(instant, zoneMinutes).slice(0, 16)
}

/** A datetime-local field ("2022-03-14T12:05") read in the outbreak's zone; null when it is not a time. */
export function fromLocalField(text: string, zoneMinutes: number): Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return null
  return parseTime((text.length === 16 ? text + ':00' : text) + offsetText(zoneMinutes))
}

/** First moment of the day that holds the instant, in the outbreak's zone. */
export function startOfDay(instant: Instant, zoneMinutes: number): Instant {
  const day = 86400000
  return Math.floor((instant + zoneMinutes * 60000) / day) * day - zoneMinutes * 60000
}

export type Language = 'zh' | 'en'

/** A length of time in two units at most: "2 小时 10 分", "3 d 4 h". Rounds down, so that nothing looks later than it is. */
export function formatSpan(milliseconds: number, language: Language): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000)
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const rest = minutes % 60
  const [d, h, m] = language === 'zh' ? ['天', '小时', '分'] : ['d', 'h', 'min']
  const parts: string[] = []
  if (days > 0) parts.push(`${days} ${d}`)
  if (hours > 0) parts.push(`${hours} ${h}`)
  if (days === 0 && (rest > 0 || hours === 0)) parts.push(`${rest} ${m}`)
  return parts.join(' ')
}

/** "迟 2 小时 10 分" or "剩 40 分" for a due time; English "2 h 10 min late", "40 min left". */
export function formatDue(due: Instant | null, now: Instant, language: Language): string {
  if (due === null) return '—'
  const span = formatSpan(now - due, language)
  if (now > due) return language === 'zh' ? `迟 ${span}` : `${span} late`
  return language === 'zh' ? `剩 ${span}` : `${span} left`
}

/** "2 小时前" / "2 h ago", or in the future "2 小时后" / "in 2 h". */
export function formatRelative(instant: Instant | null, now: Instant, language: Language): string {
  if (instant === null) return '—'
  const span = formatSpan(now - instant, language)
  if (instant > now) return language === 'zh' ? `${span}后` : `in ${span}`
  return language === 'zh' ? `${span}前` : `${span} ago`
}

/** An ISO 8601 length of time as people say it: PT2H is 2 小时, P14D is 14 天. Anything else stays as it is. */
export function formatPeriod(text: string, language: Language): string {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text)
  if (!found || !found.slice(1).some(Boolean)) return text
  const units = language === 'zh' ? ['天', '小时', '分'] : ['d', 'h', 'min']
  return found.slice(1).map((count, i) => (count ? `${count} ${units[i]}` : '')).filter(Boolean).join(' ')
}
