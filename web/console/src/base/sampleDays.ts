// What was counted each day beside what was sampled each day, as the chart draws it. Windows come oldest first.
import { parseTime, startOfDay } from './time'
import type { DayRow } from '../api/types'

export interface ChartPoint { start: number; first: number | null; second: number | null; firstSampled: number | null; secondSampled: number | null }
export interface Window { from: string; to: string; confirmed_new: number | null; asymptomatic_new: number | null }

const day = 86400000

const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)

/** One point a day: windows that begin on the same day are added up. Days before the first window have samples and no
 *  columns. Where the windows of a day leave something out, its line is unknown, as is every line before the server has
 *  answered. */
export function chartPoints(windows: Window[], days: DayRow[] | null, zoneMinutes: number): ChartPoint[] {
  const known = new Map<number, DayRow>()
  for (const row of days ?? []) { const start = parseTime(row.day); if (start !== null) known.set(start, row) }
  const points: (ChartPoint & { from: number; to: number; whole: boolean })[] = []
  for (const window of windows) {
    const from = parseTime(window.from), to = parseTime(window.to)
    if (from === null || to === null) continue
    const last = points[points.length - 1], start = startOfDay(from, zoneMinutes)
    if (last && last.start === start) {
      last.first = sum(last.first, window.confirmed_new)
      last.second = sum(last.second, window.asymptomatic_new)
      last.whole &&= last.to === from
      last.to = to
    } else {
      points.push({ start, from, to, whole: start === from, first: window.confirmed_new, second: window.asymptomatic_new, firstSampled: null, secondSampled: null })
    }
  }
  for (const point of points) {
    if (days === null || !point.whole || startOfDay(point.to, zoneMinutes) !== point.to) continue
    point.firstSampled = point.secondSampled = 0
    for (let at = point.from; at < point.to; at += day) {
      point.firstSampled += known.get(at)?.confirmed_sampled ?? 0
      point.secondSampled += known.get(at)?.asymptomatic_sampled ?? 0
    }
  }
  const first = points[0]?.start ?? -Infinity
  const earlier = [...known].filter(([start, row]) => start < first && row.confirmed_sampled + row.asymptomatic_sampled > 0)
    .map(([start, row]) => ({ start, first: null, second: null, firstSampled: row.confirmed_sampled, secondSampled: row.asymptomatic_sampled }))
  return [...earlier.sort((a, b) => a.start - b.start), ...points.map(({ start, first: columns, second, firstSampled, secondSampled }) => ({ start, first: columns, second, firstSampled, secondSampled }))]
}
