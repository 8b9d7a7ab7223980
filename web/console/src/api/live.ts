// News from the server: server-sent events, and plain asking every 15 seconds where they do not come through.
import { apiBase, readRows } from './client'
import { toQueryString } from '../base/filters'

export interface LivePosition { position: number; now: string; open?: number; overdue?: number }

const pollMilliseconds = 15000

export function openLive(area: number | string, onPosition: (news: LivePosition) => void, onNotice: () => void): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setInterval> | null = null

  const poll = () => {
    readRows('loops', { area, state: 'open', limit: 1 })
      .then((answer) => onPosition({ position: answer.position, now: answer.now }))
      .catch(() => undefined) // the connection banner already says so; the next tick asks again
  }
  const startPolling = () => { timer ??= setInterval(poll, pollMilliseconds) }
  const stopPolling = () => { if (timer) clearInterval(timer); timer = null }

  if (typeof EventSource === 'undefined') {
    startPolling()
  } else {
    source = new EventSource(`${apiBase}/live${toQueryString({ area })}`)
    source.addEventListener('open', stopPolling)
    source.addEventListener('error', startPolling)
    source.addEventListener('position', (event) => {
      try { onPosition(JSON.parse((event as MessageEvent<string>).data) as LivePosition) } catch { /* a damaged line: the next one counts */ }
    })
    source.addEventListener('notice', onNotice)
  }
  return () => { stopPolling(); source?.close() }
}
