// What a duty already knows, the form does not ask again.
import type { Duty } from '../api/types'

export function prefillOf(duty: Duty): Record<string, unknown> {
  const known: Record<string, unknown> = {}
  if (duty.subject_kind && duty.subject !== undefined) known[duty.subject_kind] = duty.subject
  if (duty.person) known.person = duty.person
  if (duty.area !== undefined) known.area = duty.area_code ?? String(duty.area)
  if (duty.institution) known.institution = duty.institution
  if (duty.case) known.case = duty.case
  return known
}

/** Where a duty leads: its case, or else everything owed about the same person. */
export function dutyLink(duty: Duty, keep: Record<string, string>): { path: string; query: Record<string, string> } | null {
  const number = duty.case || (duty.subject_kind === 'case' ? duty.subject : undefined)
  if (number) return { path: `/case/${number}`, query: keep }
  return duty.person ? { path: '/loops', query: { ...keep, person: String(duty.person), state: 'all' } } : null
}
