// The area in view and the filters of this screen, both from the URL.
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { readFilters, writeFilters } from '../base/filters'
import { store } from './session'

export function useArea(keys: readonly string[] = []) {
  const route = useRoute()
  const router = useRouter()
  const area = computed(() => String(route.query.area ?? store.session?.area?.unit ?? ''))
  const filters = computed(() => readFilters(route.query, keys))
  const set = (change: Record<string, string | undefined>) => router.replace({ path: route.path, query: writeFilters(route.query, change) })
  /** A link that keeps the area and the moment looked at. */
  const to = (path: string, query: Record<string, string | number | undefined> = {}) => {
    const all: Record<string, string> = readFilters(route.query, ['area', 'at'])
    for (const [key, value] of Object.entries(query)) if (value !== undefined) all[key] = String(value)
    return { path, query: all }
  }
  return { route, router, area, filters, set, to }
}
