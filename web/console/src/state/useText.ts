// Small helpers every screen needs: translate, pick the language's field, print times.
import { useI18n } from 'vue-i18n'
import { formatDue, formatRelative, formatTime, parseTime, type Language } from '../base/time'
import { now } from './clock'
import { zone } from './session'
import { prefs } from './prefs'

type Named = object | null | undefined

/** The field in the chosen language: key_zh / key_en, else key. */
export function pick(object: Named, key: string): string {
  const row = (object ?? {}) as Record<string, unknown>
  const own = row[`${key}_${prefs.language}`]
  const value = typeof own === 'string' && own !== '' ? own : row[key] ?? row[`${key}_zh`]
  return typeof value === 'string' ? value : ''
}

export function useText() {
  const { t, te } = useI18n({ useScope: 'global' })
  /** A word of the domain (role, rule, status ...) in the glossary, or the identifier itself where the glossary has none. */
  const word = (group: string, id: string | null | undefined): string => {
    if (!id) return '—'
    const key = `${group}.${id}`
    return te(key) ? t(key) : id
  }
  const title = (row: Named, group: string, id: string | undefined): string => {
    const own = pick(row, 'title') // the server's words first: rules are data
    if (own) return own
    const key = `${group}.${id}`
    return id && te(key) ? t(key) : id || '—'
  }
  const language = (): Language => prefs.language
  const absolute = (text: string | null | undefined, withYear = false) => formatTime(parseTime(text), zone(), withYear)
  const relative = (text: string | null | undefined) => formatRelative(parseTime(text), now.value, language())
  const dueText = (text: string | null | undefined) => formatDue(parseTime(text), now.value, language())
  return { t, word, title, absolute, relative, dueText, language }
}
