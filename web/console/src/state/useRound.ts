// The round a screen speaks of: named in the URL, or else the newest one that still runs.
import { computed, type ComputedRef } from 'vue'
import type { RoundRow } from '../api/round'
import { useRows, type Loaded } from './useRows'
import type { Answer } from '../api/types'

export interface Chosen { rounds: Loaded<Answer<RoundRow>>; round: ComputedRef<RoundRow | null>; number: ComputedRef<string | null> }

export function useRound(asked: () => string | undefined, area: () => string | undefined): Chosen {
  const rounds = useRows<RoundRow>(() => ({ name: 'rounds', params: { area: area(), limit: 200 } }))
  const newestFirst = computed(() => [...(rounds.data.value?.rows ?? [])].reverse())
  const round = computed(() => newestFirst.value.find((row) => (asked() ? String(row.round) === asked() : row.state !== 'closed')) ?? (asked() ? null : newestFirst.value[0] ?? null))
  const number = computed(() => asked() ?? (round.value ? String(round.value.round) : null))
  return { rounds, round, number }
}
