// Rows of the round's queries. Fields may be missing or null, as everywhere.
export interface Placed { area?: number; area_code?: string; area_name?: string; area_name_en?: string }
export interface RoundRow extends Placed {
  round: number; number: number; roll: number; state: string; state_zh?: string; state_en?: string; starts: string; deadline: string; finished?: string | null
  pool_size: number; due: number; sampled: number; exempt: number; missed: number; part?: boolean
}
export interface Shortage { shortage?: number; kind: string; needed: number; available: number; finish: string | null; pool_advised: number | null; met?: string | null }
export const stages = ['sampled', 'sealed', 'delivered', 'received', 'tested', 'reported'] as const
export type Stage = (typeof stages)[number]
export interface Round extends Placed {
  round: number; number: number; roll: number; state: string; part: boolean; due: number; sampled: number; exempt: number; missed: number; pool_size: number
  household_tubes: boolean; key_single: boolean; antigen_first: boolean; tubes_expected: number | null; tubes: Record<Stage, number | null>
  pools_positive: number | null; pools_resolved: number | null; positives: number | null
  sampled_last_hour: number | null; reported_last_hour: number | null; tubes_per_hour: number | null
  starts: string; deadline: string; forecast: string | null; forecast_reported: string | null; finished: string | null; shortages: Shortage[]
}
export interface FrequencyRow extends Placed {
  rounds_done: number; clean_rounds: number; last_round: number | null; last_started: string | null; last_finished: string | null; under_way: number | null
  last_found: string | null; rule: string; every_hours: number | null; next_due: string | null; may_stop: string; rounds_missing: number | null
  plan: string | null; source: string | null; mark: string | null; words: string; words_en: string
}
export interface CoverageRow extends Placed { unit?: string; due: number; sampled: number; exempt: number; missed: number; doors_missed: number; list: number | null; lists: number }
export interface BuildingRow extends Placed { first_slot: number; last_slot: number; building: number; unit: number; households: number; due: number; sampled: number; exempt: number; missed: number }
export interface MissedRow extends Placed {
  slot: number; building: number; unit: number; household: number; household_size: number; door: string; name_masked: string; category: string; key: boolean
  tries: number; reason: string | null; tried: string | null
}
export interface SiteRow extends Placed {
  site: number; name: string; institution: number; stations: number; samplers: number; queue: number | null; waiting_minutes: number | null; told: string | null
  sampled: number; tubes: number; boxed: number; per_hour: number | null; left: number | null; finish: string | null; first: string | null; last: string | null; closed: string | null
}
export interface RequestRow extends Placed {
  request: number; site: number; site_name: string; kind: string; kind_zh?: string; kind_en?: string; count: number; asked: string; state: string; state_zh?: string; state_en?: string
  sent: number | null; reason_zh?: string | null; reason_en?: string | null; answered: string | null
}
export interface MoveRow extends Placed { from_site: number; from_name: string; to_site: number; to_name: string; lanes: number; before: string; after: string }
export interface HourRow { hour: string; people: number; tubes: number; sealed: number; delivered: number; received: number; tested: number; reported: number }
export interface PoolChoice { pool_size: number; tubes: number; tested: string | null; fits: boolean }
export interface Feasibility {
  due: number; exempt: number; key_people: number; sealed_homes: number; sealed_people: number; pool_size: number; tubes: number; tubes_per_hour: number; tubes_by_deadline: number; rounds_beside: number; tubes_beside: number; people_beside: number
  samplers: number; samplers_needed: number | null; people_per_sampler: number; tube_stock: number | null; starts: string; deadline: string
  sampled_by: string | null; tested_by: string | null; finish: string | null; shortages: Shortage[]; fits: boolean; pools: PoolChoice[]
}
export interface RollRow extends Placed { roll: number; name: string; residents: number; away: number; key_people: number; communities: number }

export interface RollFault { row: number; code?: string; field?: string; detail_zh?: string; detail_en?: string }
export interface RollImport {
  dry_run: boolean; rows: number; accepted: number; refused: number; known: number; repeated: number; duplicates: number; wrong_checks: number
  returned_left_off: number; errors: RollFault[]; returned: string
}

/** Of those who must come: sampled, in whole per cent, never 100 while somebody is missing. */
export function coverage(row: { due: number; sampled: number; exempt: number; missed: number }): number {
  const must = row.due - row.exempt
  if (must <= 0) return 100
  const share = Math.round((100 * row.sampled) / must)
  return row.missed > 0 ? Math.min(99, share) : share
}

export interface BoxRow extends Placed {
  box: number; code: string; round: number; site: number; site_name: string; state: string; state_zh?: string; state_en?: string; tubes: number; unanswered: number; first_sample: string; age_minutes: number; minutes_left: number | null
  sealed: string; picked_up: string | null; courier: number | null; received: string | null; laboratory: number | null; destination: number | null; destination_name: string | null; missing: number; damaged: number; differences: number; incidents: number
}
export interface BoxTube { tube: number; code: string; people: number; sampled: string; state: string }
export interface BoxDifference { difference: number; step: string; expected: number; counted: number; at: string; explained: string | null }
export interface Box {
  box: number; code: string; round: number; site: number; site_name: string; area: number | null; state: string; size: number; unanswered: number; first_sample: string; age_minutes: number; minutes_left: number | null; sealed: string; picked_up: string | null; received: string | null
  laboratory: number | null; destination: number | null; laboratory_name: string | null; lost: string | null; temperature_picked_tenths: number | null; temperature_received_tenths: number | null; tubes: BoxTube[]; differences: BoxDifference[]; incidents: { incident: number; kind: string; at: string; photo: boolean }[]
}
export interface PlateRow extends Placed { plate: number; code: string; institution: number; name: string; state: string; state_zh?: string; state_en?: string; tubes: number; laid: string; read: string | null; released: string | null; cleared: number | null; told_singly: number | null; repeated: number | null }
export interface PlateWell { well: string; tube: number | null; control: string | null; code?: string; kind?: string; people?: number; ct_orf1ab: number | null; ct_n: number | null; orf1ab: string | null; n: string | null; verdict: string | null }
export interface Plate { plate: number; code: string; institution: number; area: number; state: string; size: number; laid: string; read: string | null; reader: number | null; controls: boolean | null; released: string | null; profile: string | null; wells: PlateWell[] }
export interface LoadRow extends Placed {
  institution: number; name: string; tubes_per_hour: number; received: number; tested: number; reported: number; rejected: number; waiting: number; wait_minutes: number | null; room: number
  received_this_hour: number; tested_this_hour: number; pools: number; pools_positive: number; prevalence_per_million: number | null; pool_wasteful: boolean; pool_advised: number | null; advice: string; advice_zh?: string; advice_en?: string
}
export interface TurnRow extends Placed { institution: number; name: string; hour: string | null; segment: string; segment_zh?: string; segment_en?: string; tubes: number; median_minutes: number | null; slow_minutes: number | null }
export interface FileFault { row: number; column: string; detail_zh?: string; detail_en?: string }

/** The clock of a box on its way, by the plan's time at room temperature; received or lost, it has none. */
export function boxClock(box: { age_minutes: number; minutes_left: number | null }): 'ample' | 'due_soon' | 'overdue' | null {
  if (box.minutes_left === null) return null
  return box.minutes_left <= 0 ? 'overdue' : box.minutes_left * 4 < box.age_minutes + box.minutes_left ? 'due_soon' : 'ample'
}

/** Wells of a plate down its columns: A1, B1 .. H1, A2 .. H12. */
export const wellNames: string[] = Array.from({ length: 96 }, (_, index) => 'ABCDEFGH'[index % 8] + String(Math.floor(index / 8) + 1))
