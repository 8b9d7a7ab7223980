// What this person chose on this computer: language, theme, saved views. Nothing personal about patients.
import { reactive, watch } from 'vue'
import type { Language } from '../base/time'

export type Theme = 'light' | 'dark'
export interface SavedView { name: string; path: string }
interface Prefs { language: Language; theme: Theme; views: SavedView[] }

const storageKey = 'bihuan.console'

function load(): Prefs {
  const chosen: Prefs = {
    language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    views: []
  }
  try { Object.assign(chosen, JSON.parse(localStorage.getItem(storageKey) ?? '{}')) } catch { /* storage off or damaged: defaults */ }
  return chosen
}

export const prefs = reactive(load())

watch(prefs, () => {
  try { localStorage.setItem(storageKey, JSON.stringify(prefs)) } catch { /* private window: lasts until it closes */ }
}, { deep: true })
