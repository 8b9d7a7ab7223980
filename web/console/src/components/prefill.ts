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
  const own = screenOf(duty)
  if (own) return { path: own.path, query: { ...keep, ...own.query } }
  return duty.person ? { path: '/loops', query: { ...keep, person: String(duty.person), state: 'all' } } : null
}

/** Things of a round have screens of their own. */
function screenOf(duty: Duty): { path: string; query: Record<string, string> } | null {
  switch (duty.subject_kind) {
    case 'round': return { path: `/round/${duty.subject}`, query: {} }
    case 'box': return { path: `/box/${duty.subject}`, query: {} }
    case 'plate': return { path: `/plate/${duty.subject}`, query: {} }
    case 'shortage': return { path: '/rounds', query: {} }
    case 'request':
    case 'site': return { path: '/sites', query: {} }
    case 'list': return duty.area_code ? { path: '/doors', query: { area: duty.area_code } } : null
    default: return null
  }
}

/** Acts with a screen of their own: nobody types a list of tubes into a plain form. */
export function actLink(duty: Duty): { path: string; query: Record<string, string> } | null {
  if (duty.primary_command === 'release_plate') return { path: '/laboratory', query: { tab: 'plates' } }
  return ['receive_box', 'sample_tube', 'order_round'].includes(duty.primary_command ?? '') ? screenOf(duty) : null
}
