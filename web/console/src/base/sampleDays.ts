// Windows of the bulletin beside the days of the samples: one point for each, as the chart draws them.
import { parseTime, startOfDay } from './time'
import type { DayRow } from '../api/types'

export interface ChartPoint { start: number; first: number | null; second: number | null; firstSampled: number | null; secondSampled: number | null }
export interface Window { from: string; to: string; confirmed_new: number | null; asymptomatic_new: number | null }

const day = 86400000

/** Days before the first window have samples and no columns. A window that is no whole number of days has no line:
 *  the samples of half a day are not known. Without any answer of the server all lines are unknown. */
export function chartPoints(windows: Window[], days: DayRow[] | null, zoneMinutes: number): ChartPoint[] {
  const known = new Map<number, DayRow>()
  for (const row of days ?? []) { const start = parseTime(row.day); if (start !== null) known.set(start, row) }
  const points: ChartPoint[] = []
  let first = Infinity
  for (const window of windows) {
    const from = parseTime(window.from), to = parseTime(window.to)
    if (from === null || to === null) continue
    first = Math.min(first, from)
    const whole = days !== null && startOfDay(from, zoneMinutes) === from && startOfDay(to, zoneMinutes) === to
    const point: ChartPoint = { start: from, first: window.confirmed_new, second: window.asymptomatic_new, firstSampled: whole ? 0 : null, secondSampled: whole ? 0 : null }
    if (whole) for (let at = from; at < to; at += day) {
      point.firstSampled = (point.firstSampled ?? 0) + (known.get(at)?.confirmed_sampled ?? 0)
      point.secondSampled = (point.secondSampled ?? 0) + (known.get(at)?.asymptomatic_sampled ?? 0)
    }
    points.push(point)
  }
  for (const [start, row] of known) if (start < first && row.confirmed_sampled + row.asymptomatic_sampled > 0) points.push({ start, first: null, second: null, firstSampled: row.confirmed_sampled, secondSampled: row.asymptomatic_sampled })
  return points.sort((a, b) => a.start - b.start)
}
