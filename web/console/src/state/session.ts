// Who is logged in, and what this person may do.
import { reactive } from 'vue'
import type { Area, ExerciseState, Notice, Session } from '../api/types'
import * as client from '../api/client'
import { clock, hearServerTime } from './clock'
import { prefs } from './prefs'

interface SessionStore { known: boolean; session: Session | null; area: Area | null; root: Area[]; exercise: ExerciseState | null; notices: Notice[]; moreNotices: boolean }

export const store = reactive<SessionStore>({ known: false, session: null, area: null, root: [], exercise: null, notices: [], moreNotices: false })

export function zone(): number { return store.session?.zone_minutes ?? 480 }

export function enter(session: Session): void {
  store.session = session
  store.known = true
  store.area = session.area
  client.setLanguage(prefs.language)
  client.setCsrf(session.csrf)
}

/** Asks once whether the cookie still holds. */
export async function recall(): Promise<void> {
  if (store.known) return
  try {
    enter(await client.readSession())
  } catch (problem) {
    if (!(problem instanceof client.Problem) || problem.status === 0 || problem.status >= 500) throw problem
    store.known = true
  }
}

export async function leave(): Promise<void> {
  try { await client.post('/logout', {}) } finally { forget() }
}

export function forget(): void {
  store.session = null
  store.notices = []
  store.exercise = null
  client.setCsrf('')
  client.forgetAll()
}

export function may(query: string): boolean {
  const allowed = store.session?.queries
  return !!allowed && allowed.includes(query)
}

export function mayCommand(name: string | undefined): boolean {
  if (!name) return false
  const allowed = store.session?.commands
  return !!allowed && allowed.includes(name)
}

export async function refreshExercise(): Promise<void> {
  if (!store.session?.exercise || !may('exercise')) { clock.speed = 1; clock.running = true; return }
  const state = await client.readOne<ExerciseState>('exercise', { at: undefined })
  store.exercise = state
  clock.speed = state.running ? state.speed : 0
  clock.running = state.running
  hearServerTime(state.now)
}

export async function refreshNotices(): Promise<void> {
  if (!may('notices')) return
  const answer = await client.readRows<Notice>('notices', { mine: 1, waiting: 1, limit: 200, at: undefined })
  store.notices = answer.rows.filter((notice) => !notice.acknowledged)
  store.moreNotices = answer.next !== null
}
