// What the server answers. Every field may be missing or null: the console shows a dash and never invents.
export interface Area { unit: number | string; name_zh: string; name_en: string; code?: string }
export interface RoleGrant { role: string; title_zh: string; title_en: string; unit: number; unit_name_zh: string; unit_name_en: string }
export interface Session {
  user: number; display: string; csrf: string; roles: RoleGrant[]; commands: string[]; queries: string[]
  area: Area | null; exercise: boolean; zone_minutes: number; must_change?: boolean
}
export interface Answer<Row> { rows: Row[]; next: string | null; position: number; now: string }
export interface Duty {
  duty: number; rule: string; title?: string; title_zh?: string; title_en?: string
  subject_kind?: string; subject?: number; case?: number; person?: number; name_masked?: string
  area?: number; area_code?: string; area_name?: string; area_name_en?: string
  role?: string; role_zh?: string; role_en?: string; institution?: number; institution_name?: string; institution_name_en?: string
  post?: number; holder?: number | null; holder_name?: string | null; opened?: string; start?: string; due?: string; ended?: string; state?: string; late_ms?: number
  escalation?: number; mark?: string; plan?: string; source?: string; verified?: boolean; primary_command?: string; closed?: string
}
export interface BoardCell {
  unit?: string; area: number | string; area_code?: string; area_name: string; area_name_en?: string; rule: string; title?: string; title_zh?: string; title_en?: string
  open: number; ample?: number; due_soon: number; overdue: number; escalated: number; oldest_due?: string | null; opened_24h?: number; closed_24h?: number; overdue_24h?: number
}
export interface PositiveRow {
  positive: number; person?: number; name_masked?: string; area?: number; area_code?: string; area_name?: string; area_name_en?: string
  sampled?: string; resulted?: string; source?: string; found_in?: string; waiting_ms?: number; duty?: number; due?: string; state?: string
  holder_name?: string; institution_name?: string; opened?: string; escalation?: number
}
export interface TimelineFact {
  seq: number; kind: number | string; title?: string; title_zh?: string; title_en?: string; occurred?: string; recorded?: string
  actor?: number | string; actor_name?: string; area?: number; area_name?: string; fields?: Record<string, unknown>; withdrawn?: boolean
}
export interface CaseFile {
  case: number; positive?: number; person?: number; name_masked?: string; status?: string; severity?: string; origin?: string; found_in?: string
  area?: number; area_code?: string; area_name?: string; area_name_en?: string
  clocks?: Record<string, string | null>; timeline?: TimelineFact[]; duties?: Duty[]
}
export interface BulletinUnit {
  area: number | string; name: string; name_en?: string; confirmed_new: number | null; converted: number | null; asymptomatic_new: number | null
  confirmed_cumulative: number | null; asymptomatic_cumulative: number | null
}
export interface BulletinCheck { check: string; passed: boolean; hard?: boolean; expected?: unknown; found?: unknown; detail_zh?: string; detail_en?: string }
export interface Adjustment { measure: string; severity?: string; value: number; source?: string; reason?: string; from?: string; to?: string }
export interface Difference { measure: string; area?: string; before?: number | null; after?: number | null; reason?: string }
export type SeverityCounts = Record<string, number | null>
export interface Bulletin {
  area: number; area_name?: string; name?: string; from: string; to: string; version: number; position: number; status: string
  confirmed_new: number | null; converted: number | null; severity_new?: SeverityCounts; asymptomatic_new: number | null
  confirmed_cumulative: number | null; severity_cumulative?: SeverityCounts; asymptomatic_cumulative: number | null
  by_area: BulletinUnit[]; text_zh?: string; text_en?: string; text?: string; checks?: BulletinCheck[]; adjustments?: Adjustment[]; differences?: Difference[]
  windows?: { from: string; to: string; title?: string }[]; signed_by?: string; signed_at?: string; bulletin?: number; proof?: string
}
export interface BulletinRow {
  area: number; area_name?: string; from: string; to: string; version: number; status: string; position: number; bulletin?: number
  confirmed_new: number | null; asymptomatic_new: number | null; signed_by?: string; signed_at?: string; title?: string
}
export interface ForecastRow {
  rule: string; title?: string; title_en?: string; open: number; overdue: number; opened_24h: number; closed_24h: number
  outcome: string; clears?: string | null; words: string; words_en?: string
}
/** Counts of the same cases by the day of their report and of their sample; day null = not known. */
export interface DayRow { day: string | null; confirmed_reported: number; asymptomatic_reported: number; confirmed_sampled: number; asymptomatic_sampled: number }
export interface Verified {
  valid: boolean; result: string; words: string; words_en?: string; area: string; area_name?: string; area_name_en?: string; from: string; to: string
  version: number; latest_version?: number | null; position?: number; hash?: string; figures?: Record<string, number | null>
  signed_by?: string | null; signed_at?: string | null; published_at?: string | null
}
export interface MapRow {
  unit: number | string; code: string; name: string; name_en?: string; population: number | null; confirmed_new: number | null
  confirmed_cumulative: number | null; asymptomatic_cumulative: number | null; open: number; overdue: number; overdue_per_10000: number | null
}
export interface UnitRow { unit: number | string; population?: number | null; code?: string; name_zh: string; name_en?: string; kind?: string; parent?: number | string | null; parent_name_zh?: string; parent_name_en?: string; from?: string; to?: string }
export interface Notice { notice: number; post?: number; post_title?: string; role?: string; area_name_en?: string; rule?: string; title?: string; title_zh?: string; title_en?: string; step?: number; count?: number; queued?: string; delivered?: string; acknowledged?: string | null; area_name?: string; duty?: number }
export interface PlanRule {
  rule: string; kind?: string; title?: string; title_zh?: string; title_en?: string; layer?: string; value?: string; source?: string; mark?: string
  verified?: boolean; from?: string; to?: string | null; superseded_by?: string | null
}
export interface ExerciseState { exercise: boolean; speed: number; now: string; running: boolean; started?: string; ends?: string; seed?: number | string }
export interface Choice { value: string; zh: string; en: string }
export interface Field {
  name: string; type: string; required?: boolean; min?: number; max?: number; unit?: string; choices?: Choice[]; zh?: string; en?: string
  fields?: Field[]; item?: Field[]; multiline?: boolean; photo?: boolean; help_zh?: string; help_en?: string; privacy?: string
}
export interface EventMeta { number: number; name: string; zh?: string; en?: string; fields: Field[] }
export interface CommandMeta { name: string; title_zh?: string; title_en?: string; zh?: string; en?: string; fields: Field[] }
export interface CommandResult { seq?: number; position: number; recorded?: string; events?: { seq: number; kind: number | string }[]; copied_through?: number; [id: string]: unknown }
