// Loads rows for a screen, again whenever the question, the area, the look-back time or the log's position changes.
import { onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Problem, readOne, readRows, remembers, type Params } from '../api/client'
import type { Answer } from '../api/types'
import { clock } from './clock'
import { prefs } from './prefs'
import { may } from './session'

export interface Loaded<T> { data: ShallowRef<T | null>; problem: Ref<Problem | null>; loading: Ref<boolean>; reload: () => Promise<void> }

const refreshMilliseconds = 5000
/** Registers and signed papers: they are what they are, whatever moment is looked at. */
const timeless = new Set(['areas', 'institutions', 'posts', 'users', 'roles', 'plans', 'analysers', 'audit', 'bulletins', 'bulletin', 'sample_days', 'verify_bulletin', 'counted', 'exercise', 'rolls', 'rounds'])

function useLoader<T>(question: () => { name: string; params: Params } | null, read: (name: string, params: Params) => Promise<T>): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const problem = ref<Problem | null>(null) as Ref<Problem | null>
  const loading = ref(false)
  let turn = 0
  let lastLoad = 0
  let pending: ReturnType<typeof setTimeout> | null = null

  const reload = async () => {
    const asked = question()
    if (!asked) { data.value = null; return }
    const mine = ++turn
    if (!may(asked.name)) {
      problem.value = new Problem(404, 'not_offered', '服务器没有提供此查询，或您无权查看。', 'The server does not offer this query, or you may not see it.', '', null, null)
      return
    }
    if (clock.lookBack !== null && !timeless.has(asked.name) && !remembers(asked.name)) clock.blind = true
    loading.value = true
    lastLoad = Date.now()
    try {
      const found = await read(asked.name, asked.params)
      if (mine === turn) { data.value = found; problem.value = null }
    } catch (error) {
      if (mine === turn) problem.value = error instanceof Problem ? error : new Problem(0, 'console', String(error), String(error), '', null, null)
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  watch(() => JSON.stringify([question(), clock.lookBack, prefs.language]), () => { void reload() }, { immediate: true })
  // News of the log: at most one reload in five seconds, whatever the exercise's speed.
  watch(() => clock.position, () => {
    if (clock.lookBack !== null || pending) return
    pending = setTimeout(() => { pending = null; void reload() }, Math.max(300, lastLoad + refreshMilliseconds - Date.now()))
  })
  onUnmounted(() => { if (pending) clearTimeout(pending); turn++ })
  return { data, problem, loading, reload }
}

export function useRows<Row>(question: () => { name: string; params: Params } | null): Loaded<Answer<Row>> {
  return useLoader(question, (name, params) => readRows<Row>(name, params))
}

export function useObject<T>(question: () => { name: string; params: Params } | null): Loaded<T> {
  return useLoader(question, (name, params) => readOne<T>(name, params))
}
