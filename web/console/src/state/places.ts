// Names of prefectures, so that a place can be shown as a breadcrumb. Learnt from the server, once.
import { reactive } from 'vue'
import { readRows } from '../api/client'
import type { UnitRow } from '../api/types'
import { prefs } from './prefs'

export const units = reactive(new Map<string, UnitRow>())
let asked: Promise<void> | null = null

export function learnPlaces(root: number): Promise<void> {
  asked ??= readRows<UnitRow>('areas', { parent: root, at: undefined })
    .then((answer) => { for (const row of answer.rows) if (row.code) units.set(row.code.slice(0, 4), row) })
    .catch(() => { asked = null }) // breadcrumbs fall back to the plain name; the next login asks again
  return asked
}

/** "吉林市 › 船营区". The prefecture comes from the code; an own unit without a code shows its name alone. */
export function placeText(row: { area_code?: string; area_name?: string; area_name_en?: string } | null | undefined): string {
  if (!row) return '—'
  const own = (prefs.language === 'en' && row.area_name_en) || row.area_name || ''
  const code = row.area_code ?? ''
  const above = code.length >= 6 && code.slice(4, 6) !== '00' ? units.get(code.slice(0, 4)) : undefined
  if (!above || !own) return own || '—'
  const aboveName = (prefs.language === 'en' && above.name_en) || above.name_zh
  return own.startsWith(aboveName) ? own : `${aboveName} › ${own}`
}
