// Figures of the counties: the query `map`, or, on a server without it, the duty board of each prefecture with the
// published populations. Counts of cases are then unknown and shown as a dash.
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Problem, readRows } from '../api/client'
import type { BoardCell, MapRow } from '../api/types'
import { clock } from './clock'
import { knownUnits, learnPlaces } from './places'
import { may } from './session'

export interface MapRows { rows: ShallowRef<MapRow[] | null>; problem: Ref<Problem | null>; loading: Ref<boolean>; reload: () => Promise<void> }

const perTenThousand = (count: number, population: number | null | undefined) => (population ? (count * 10000) / population : null)

async function fromBoards(area: string): Promise<MapRow[]> {
  await learnPlaces()
  const all = knownUnits()
  const asked = all.find((unit) => String(unit.unit) === area)
  const parents = asked?.kind === 'province' || !asked ? all.filter((unit) => unit.kind === 'prefecture').map((unit) => String(unit.unit)) : [area]
  const found = new Map<string, MapRow>()
  for (const parent of parents) {
    for (const unit of all) {
      if (String(unit.parent) !== parent || !unit.code) continue
      found.set(String(unit.unit), { unit: unit.unit, code: unit.code, name: unit.name_zh, name_en: unit.name_en, population: unit.population ?? null, confirmed_new: null, confirmed_cumulative: null, asymptomatic_cumulative: null, open: 0, overdue: 0, overdue_per_10000: null })
    }
    for (const cell of (await readRows<BoardCell>('board', { area: parent })).rows) {
      const row = found.get(String(cell.unit ?? cell.area))
      if (row) { row.open += cell.open; row.overdue += cell.overdue }
    }
  }
  for (const row of found.values()) row.overdue_per_10000 = perTenThousand(row.overdue, row.population)
  return [...found.values()]
}

export function useMapRows(area: Ref<string>): MapRows {
  const rows = shallowRef<MapRow[] | null>(null)
  const problem = ref<Problem | null>(null) as Ref<Problem | null>
  const loading = ref(false)
  let turn = 0
  const reload = async () => {
    const mine = ++turn
    loading.value = true
    try {
      const answer = may('map') ? (await readRows<MapRow>('map', { area: area.value })).rows : await fromBoards(area.value)
      if (mine === turn) { rows.value = answer; problem.value = null }
    } catch (error) {
      if (mine === turn && error instanceof Problem) problem.value = error
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  let last = 0
  watch(() => [area.value, clock.lookBack], () => { last = Date.now(); void reload() }, { immediate: true })
  watch(() => clock.position, () => { if (clock.lookBack === null && Date.now() - last > 15000) { last = Date.now(); void reload() } })
  return { rows, problem, loading, reload }
}
