import type { ComponentChildren } from 'preact'
import { useEffect, useReducer, useRef, useState } from 'preact/hooks'
import { app } from '../app'
import { age, clock, currentLanguage, t } from '../texts'
import { qrOf } from '../work/qr'

/** Draws anew whenever something changed. */
export function useApp(): typeof app {
  const [, again] = useReducer((count: number) => count + 1, 0)
  useEffect(() => app.listen(() => again(undefined as never)), [])
  return app
}

const lateAfter = 2 * 3600000

export function barState(): { kind: 'fine' | 'waiting' | 'late' | 'act'; text: string } {
  const s = app.sender.summary()
  if (s.refused) return { kind: 'act', text: t('bar.refused', { n: s.refused }) }
  if (s.update) return { kind: 'act', text: t('bar.old') }
  if (s.login && s.waiting) return { kind: 'act', text: t('bar.login') }
  if (s.oldest !== null) {
    const old = Date.now() - s.oldest
    return old > lateAfter ? { kind: 'late', text: t('bar.late', { age: age(old) }) } : { kind: 'waiting', text: t('bar.waiting', { n: s.waiting, age: age(old) }) }
  }
  return { kind: 'fine', text: s.lastSent === null ? t('bar.nothing') : t('bar.sent', { time: clock(s.lastSent) }) }
}
const marks = { fine: '✓', waiting: '↑', late: '!', act: '!' }

export function Bar() {
  const a = useApp(), state = barState()
  return (
    <header class={'bar ' + state.kind}>
      <button type="button" id="bar" onClick={() => a.go('out')}><span aria-hidden="true">{marks[state.kind]}</span> {state.text}</button>
      <button type="button" class="language" aria-label={t('app.languageSwitch')} onClick={() => void a.set({ language: currentLanguage() === 'zh' ? 'en' : 'zh' })}>{t('app.language')}</button>
    </header>
  )
}

export function Said() {
  const a = useApp()
  return <div id="said" class={'said ' + (a.said?.signal ?? 'info')} data-at={a.said?.at} role="status" aria-live="assertive">{a.said && <><span aria-hidden="true">{a.said.signal === 'ok' || a.said.signal === 'seal' ? '✓' : a.said.signal === 'info' ? '' : '✕'}</span> {a.said.text}</>}</div>
}

export function Field(props: { id: string; label: string; value: string; set: (value: string) => void; type?: string; mode?: 'numeric' | 'decimal' | 'text' | 'tel'; wrong?: string | undefined; complete?: string; max?: number }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <input id={props.id} type={props.type ?? 'text'} inputMode={props.mode ?? 'text'} value={props.value} maxLength={props.max ?? 200} autoComplete={props.complete ?? 'off'} autoCapitalize="none" aria-invalid={props.wrong ? 'true' : 'false'} aria-describedby={props.wrong ? props.id + '-wrong' : undefined} onInput={(event) => props.set(event.currentTarget.value)} />
      {props.wrong && <p id={props.id + '-wrong'} class="wrong-text">{props.wrong}</p>}
    </div>
  )
}

export function Choice(props: { id: string; label: string; value: string; options: [string, string][]; set: (value: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <select id={props.id} value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>{props.options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select>
    </div>
  )
}

export function Titled(props: { title: string; children: ComponentChildren; back?: string }) {
  return (
    <main id="main">
      <div class="title"><h1>{props.title}</h1>{props.back && <button type="button" onClick={() => app.go(props.back as string)}>{t('app.back')}</button>}</div>
      {props.children}
    </main>
  )
}

/** Calls behind a door: the number is asked for when it is wanted, under a reason that is noted, and stays on no list. */
export function Call(props: { slot: number; why: 'missed' | 'antigen' }) {
  const [found, setFound] = useState<{ phone: string; name: string } | null>(null), link = useRef<HTMLAnchorElement>(null)
  useEffect(() => { if (found) link.current?.click() }, [found]) // a phone that wants a tap of its own gets one
  if (!app.can('exempt_resident')) return null
  if (found) return <a ref={link} class="button call" href={'tel:' + found.phone}>☎ {found.name} {found.phone}</a>
  return <button type="button" class="call" onClick={() => void app.telephone(props.slot, t(props.why === 'missed' ? 'call.missed' : 'call.antigen')).then(setFound)}>☎ {t('call.call')}</button>
}

/** A QR picture drawn by this page itself. */
export function Picture(props: { text: string; label: string }) {
  const place = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const canvas = place.current, pen = canvas?.getContext('2d')
    if (!canvas || !pen) return
    const rows = qrOf(props.text), quiet = 4, scale = 8
    canvas.width = canvas.height = (rows.length + 2 * quiet) * scale
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.fillStyle = '#000'
    rows.forEach((row, y) => row.forEach((dark, x) => { if (dark) pen.fillRect((x + quiet) * scale, (y + quiet) * scale, scale, scale) }))
  }, [props.text])
  return <canvas ref={place} class="picture" role="img" aria-label={props.label} />
}
