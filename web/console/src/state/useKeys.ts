// j k Enter on a table, as on the lists of duties.
import { nextTick, onMounted, onUnmounted, ref, watch, type Ref } from 'vue'

export function useKeys<Row>(rows: () => Row[], open: (row: Row) => void): Ref<number> {
  const selected = ref(-1)
  watch(() => rows().length, (count) => { if (selected.value >= count) selected.value = count - 1 })
  function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || document.querySelector('.el-drawer, .el-dialog, .area-box')) return
    const move = event.key === 'j' || event.key === 'ArrowDown' ? 1 : event.key === 'k' || event.key === 'ArrowUp' ? -1 : 0
    if (move !== 0 && rows().length > 0) {
      event.preventDefault()
      selected.value = Math.min(rows().length - 1, Math.max(0, selected.value + move))
      if (/^(BUTTON|A)$/.test(target.tagName)) target.blur()
      void nextTick(() => document.querySelector('main tr.selected, main .selected')?.scrollIntoView({ block: 'nearest' }))
    } else if (event.key === 'Enter' && selected.value >= 0 && !/^(BUTTON|A)$/.test(target.tagName)) {
      const row = rows()[selected.value]
      if (row) { event.preventDefault(); open(row) }
    }
  }
  onMounted(() => { document.addEventListener('keydown', onKey) })
  onUnmounted(() => { document.removeEventListener('keydown', onKey) })
  return selected
}
