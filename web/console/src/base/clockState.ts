// The four states of a duty's clock, plus closed. One grammar everywhere: colour, word and shape go together.
import { parseTime, type Instant } from './time'

export type ClockState = 'ample' | 'due_soon' | 'overdue' | 'escalated' | 'closed'

/** The states that are open, worst first: the order of every list of duties. */
export const openStates: ClockState[] = ['escalated', 'overdue', 'due_soon', 'ample']

export interface Clocked {
  state?: string | null
  opened?: string | null
  start?: string | null
  due?: string | null
  escalation?: number | null
}

const closedWords = new Set(['closed', 'cancelled'])

/** Due soon is the last quarter of the time a duty was given, as on the server. The server's own word wins where it
 *  says more. */
export function clockStateOf(duty: Clocked, now: Instant): ClockState {
  const word = duty.state ?? ''
  if (closedWords.has(word)) return 'closed'
  const due = parseTime(duty.due)
  const late = due !== null ? now >= due : word === 'overdue' || word === 'escalated'
  if ((duty.escalation ?? 0) > 0) return 'escalated' // a rule may climb before the time is up
  if (late) return 'overdue'
  if (word === 'due_soon') return 'due_soon'
  const start = parseTime(duty.start ?? duty.opened)
  if (due === null || start === null || due <= start) return 'ample'
  return (due - now) * 4 < due - start ? 'due_soon' : 'ample'
}

/** Sorts worst first: escalated before overdue before due soon, and inside one state the earliest due first. */
export function compareWorstFirst(now: Instant): (a: Clocked, b: Clocked) => number {
  const rank = (d: Clocked) => { const i = openStates.indexOf(clockStateOf(d, now)); return i < 0 ? 9 : i }
  return (a, b) => rank(a) - rank(b) || (parseTime(a.due) ?? Infinity) - (parseTime(b.due) ?? Infinity)
}
