// What a duty already knows, the form does not ask again.
import type { Duty } from '../api/types'

export function prefillOf(duty: Duty): Record<string, unknown> {
  const known: Record<string, unknown> = {}
  if (duty.subject_kind && duty.subject !== undefined) known[duty.subject_kind] = duty.subject
  if (duty.person) known.person = duty.person
  if (duty.area !== undefined) known.area = duty.area
  if (duty.institution) known.institution = duty.institution
  if (duty.case) known.case = duty.case
  return known
}
