// Names of the units above a place, so that it can be shown as a breadcrumb. Learnt from the server, once.
import { reactive } from 'vue'
import { readRows } from '../api/client'
import type { UnitRow } from '../api/types'
import { prefs } from './prefs'

const units = reactive(new Map<string, UnitRow>())
let asked: Promise<void> | null = null
const pageRows = 200

async function readAll(): Promise<void> {
  let after: string | null = null
  do {
    const answer: { rows: UnitRow[]; next: string | null } = await readRows<UnitRow>('areas', { limit: pageRows, after, at: undefined })
    for (const row of answer.rows) if (row.code && !row.to) units.set(String(row.code).slice(0, 6), row)
    after = answer.next
  } while (after)
}

export function learnPlaces(): Promise<void> {
  asked ??= readAll().catch(() => { asked = null }) // breadcrumbs fall back to the plain name; the next login asks again
  return asked
}

export const nameOfUnit = (row: UnitRow) => (prefs.language === 'en' && row.name_en) || row.name_zh
export const knownUnits = () => [...units.values()]
export const unitByCode = (code: string) => units.get(code.slice(0, 6))

/** "吉林市 › 船营区 › 德胜街道". The units above come from the code; an own unit without a code shows its name alone. */
export function placeText(row: { area_code?: string; area_name?: string; area_name_en?: string } | null | undefined): string {
  if (!row) return '—'
  const code = row.area_code ?? ''
  const parts: string[] = []
  for (const above of [code.slice(0, 4) + '00', code.slice(0, 6)]) {
    const unit = code.length >= 6 && !above.endsWith('0000') ? units.get(above) : undefined
    if (unit && !parts.includes(nameOfUnit(unit))) parts.push(nameOfUnit(unit))
  }
  const whole = /^\d{6}0*$/.test(code) && parts.length > 0 // the code of the unit itself
  let own = (prefs.language === 'en' && row.area_name_en) || row.area_name || ''
  // The server's name of a place may carry the name of its county before or behind it.
  for (const part of parts) own = own.startsWith(part) && own !== part ? own.slice(part.length) : own.endsWith(', ' + part) ? own.slice(0, -part.length - 2) : own
  if (own && !whole && !parts.includes(own)) parts.push(own)
  return parts.join(' › ') || own || '—'
}
