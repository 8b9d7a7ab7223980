import { useEffect, useState } from 'preact/hooks'
import type { Kept } from '../app'
import { Call, Field, Said, Titled, useApp } from '../parts/parts'
import { both, clock, t, textOr } from '../texts'
import { ToAntigen } from './Antigen'

interface SiteRow { site: number; name: string; sampled: number | null; tubes: number | null; boxed: number | null; per_hour: number | null; queue: number | null; waiting_minutes: number | null; samplers: number | null; left: number | null; finish: string | null }
interface MoveRow { from_site: number; from_name: string; to_site: number; to_name: string; lanes: number }
export interface MissedRow { slot: number; household?: number; building?: number | null; unit?: number | null; door?: string | null; name_masked?: string | null; reason?: string | null }
interface RequestRow { request: number; site: number; kind: string; count: number; asked: string; state: string; sent: number | null; reason_zh: string | null; reason_en: string | null }
const boardEvery = 10000
/** What sites mostly ask for at once; any number can be typed. */
const amounts: Record<string, number[]> = { staff: [1, 2, 4], tubes: [50, 100, 200], protection: [20, 50, 100], other: [1, 10, 50] }

export function Site() {
  const a = useApp(), { round, site } = a.settings
  const [board, setBoard] = useState<(Kept<SiteRow> & { fresh: boolean }) | null>(null)
  const [moves, setMoves] = useState<MoveRow[]>([])
  const [queue, setQueue] = useState(''), [waiting, setWaiting] = useState(''), [samplers, setSamplers] = useState(''), [waste, setWaste] = useState('')
  useEffect(() => {
    const load = () => {
      if (document.visibilityState !== 'visible') return
      void a.list<SiteRow>('round_sites', 'round_sites', { round }).then(setBoard, () => undefined)
      if (a.canAsk('round_moves')) void a.list<MoveRow>('round_moves', 'round_moves', { round }).then((list) => setMoves(list.rows), () => undefined)
    }
    load()
    const timer = setInterval(load, boardEvery)
    return () => clearInterval(timer)
  }, [])
  const row = board?.rows.find((each) => each.site === site), number = (value: number | null | undefined) => (value === null || value === undefined ? '—' : value.toLocaleString())
  const finish = row?.finish
  const checks: [boolean, string][] = [[a.tube.count === 0, t('site.checkOpen')], [a.openTubes() === 0, t('site.checkBoxed')], [a.sender.summary().waiting === 0, t('site.checkSent')], [waste !== '', t('site.checkWaste')]]
  const tell = (event: Event) => { event.preventDefault(); void a.record('tell_site', { site, queue: Number(queue), waiting_minutes: Number(waiting), samplers: Number(samplers) }, a.settings.siteName) }
  const close = (event: Event) => { event.preventDefault(); void a.record('close_site', { site, waste_bags: Number(waste) }, a.settings.siteName) }
  return (
    <Titled title={a.settings.siteName || t('site.title')}>
      {board && !board.fresh && <p class="hint">{t('app.offlineNow', { time: clock(board.at) })}</p>}
      <dl class="numbers">
        {([['site.done', row?.sampled], ['site.tubes', row?.tubes], ['site.boxed', row?.boxed], ['site.rate', row?.per_hour], ['site.queue', row?.queue], ['site.waiting', row?.waiting_minutes], ['site.left', row?.left]] as const).map(([key, value]) => <div key={key}><dt>{t(key)}</dt><dd>{number(value)}</dd></div>)}
      </dl>
      {finish && <p>{t('site.forecast')} {clock(Date.parse(finish))}</p>}
      {moves.filter((move) => move.from_site === site || move.to_site === site).map((move) => <p key={move.from_site + '-' + move.to_site}>{t('site.move', { n: move.lanes, from: move.from_name, to: move.to_name })}</p>)}
      <Said />
      {a.can('tell_site') && (
        <form onSubmit={tell}>
          <h2>{t('site.tell')}</h2>
          <Field id="queue" label={t('site.queue')} value={queue} set={setQueue} mode="numeric" max={6} />
          <Field id="waiting" label={t('site.waiting')} value={waiting} set={setWaiting} mode="numeric" max={4} />
          <Field id="samplers" label={t('site.samplers')} value={samplers} set={setSamplers} mode="numeric" max={4} />
          <button type="submit" class="main" disabled={queue === '' || waiting === '' || samplers === ''}>{t('site.tell')}</button>
        </form>)}
      <Requests />
      <button type="button" onClick={() => a.go('knock')}>{t('site.missed')}</button>
      <ToAntigen />
      {a.can('close_site') && (
        <form onSubmit={close}>
          <h2>{t('site.close')}</h2>
          <Field id="waste" label={t('site.waste')} value={waste} set={setWaste} mode="numeric" max={5} />
          <ul class="checks">{checks.map(([good, text]) => <li key={text} class={good ? 'done' : 'missed'}><span aria-hidden="true">{good ? '✓' : '✕'}</span> {text}：{t(good ? 'site.yes' : 'site.no')}</li>)}</ul>
          <button type="submit" class="main" disabled={checks.some(([good]) => !good)}>{t('site.close')}</button>
        </form>)}
    </Titled>
  )
}

/** What, how many, send: three taps. The answer comes back here. */
function Requests() {
  const a = useApp(), { round, site } = a.settings
  const [list, setList] = useState<RequestRow[]>([]), [kind, setKind] = useState(''), [count, setCount] = useState('')
  const load = () => { if (a.canAsk('round_requests')) void a.list<RequestRow>('round_requests', 'round_requests', { round }).then((found) => setList(found.rows.filter((row) => row.site === site)), () => undefined) }
  useEffect(() => { load(); const timer = setInterval(load, boardEvery); return () => clearInterval(timer) }, [])
  if (!a.can('request_supplies')) return null
  const what = (each: string) => t(('request.' + each) as 'request.staff')
  const ask = async (event: Event) => {
    event.preventDefault()
    await a.record('request_supplies', { site, kind, count: Number(count) }, `${what(kind)} ${count}`)
    setKind('')
    setCount('')
  }
  const waiting = a.outbox.waiting().filter((record) => record.command === 'request_supplies')
  return (
    <form id="requests" onSubmit={(event) => void ask(event)}>
      <h2>{t('request.title')}</h2>
      <div class="actions">{Object.keys(amounts).map((each) => <button type="button" key={each} id={'ask-' + each} aria-pressed={kind === each} onClick={() => { setKind(each); setCount('') }}>{what(each)}</button>)}</div>
      {kind && <div class="actions amounts">{(amounts[kind] ?? []).map((n) => <button type="button" key={n} aria-pressed={count === String(n)} onClick={() => setCount(String(n))}>{n}</button>)}</div>}
      {kind && <Field id="ask-count" label={t('request.count')} value={count} set={setCount} mode="numeric" max={6} />}
      {kind && <button type="submit" class="main" id="ask" disabled={!(Number(count) > 0)}>{Number(count) > 0 ? t('request.do', { what: what(kind), n: count }) : t('request.choose')}</button>}
      <ul class="rows short">
        {waiting.map((record) => <li key={record.key}><span>{record.note}</span><span class="chip due">{t('request.waiting')}</span></li>)}
        {[...list].reverse().slice(0, 8).map((row) => <li key={row.request}><span>{what(row.kind)} {row.count} · {clock(Date.parse(row.asked))}</span><span class={'chip ' + (row.state === 'sent' ? 'done' : row.state === 'refused' ? 'missed' : 'part')}>{row.state === 'sent' ? t('request.sent', { n: row.sent ?? 0 }) : row.state === 'refused' ? t('request.refused', { reason: both(row.reason_zh ?? undefined, row.reason_en ?? undefined) }) : t('request.open')}</span></li>)}
      </ul>
    </form>
  )
}

/** Who is still missing, by stairwell: for the site leader and for whoever knocks. */
export function Knock() {
  const a = useApp(), { round } = a.settings
  const [list, setList] = useState<(Kept<MissedRow> & { fresh: boolean }) | null>(null)
  const asked = a.canAsk('round_missed') // else the roll on this phone tells
  const load = () => { if (asked) void a.list<MissedRow>('round_missed', 'round_missed', { round, area: a.settings.communities[0] ?? a.session?.area?.unit }).then(setList, () => undefined) }
  useEffect(load, [])
  const held = (slot: number) => a.tube.holder(String(slot)) !== undefined
  const own = (): MissedRow[] => [...a.tube.people.values()].filter((person) => person.slot !== undefined && !person.exempt && !person.away).map((person) => ({ slot: person.slot as number, household: person.household ?? 0, building: person.building ?? null, unit: person.unit ?? null, door: person.door ?? null, name_masked: person.name ?? null, reason: person.missed ?? null }))
  const left = (asked ? list?.rows ?? [] : own()).filter((row) => !held(row.slot)).sort((x, y) => x.slot - y.slot)
  const stairs = new Map<string, Map<string, MissedRow[]>>()
  for (const row of left) {
    const stair = `${row.building ?? ''}/${row.unit ?? ''}`, home = String(row.household ?? row.door ?? row.slot), homes = stairs.get(stair) ?? new Map<string, MissedRow[]>()
    homes.set(home, [...(homes.get(home) ?? []), row])
    stairs.set(stair, homes)
  }
  const place = (row: MissedRow | undefined) => [row?.building && t('home.building', { n: row.building }), row?.unit && t('home.unit', { n: row.unit })].filter(Boolean).join(' · ')
  const open = (rows: MissedRow[]) => a.openHouseholdAt(rows.map((row) => a.tube.people.get(String(row.slot)) ?? { key: String(row.slot), slot: row.slot, ...(row.door && { door: row.door }), ...(row.name_masked && { name: row.name_masked }), ...(row.household !== undefined && { household: row.household }), ...(row.building && { building: row.building }), ...(row.unit && { unit: row.unit }) }))
  return (
    <Titled title={t('knock.title')} back="site">
      {list && !list.fresh && <p class="hint">{t('app.offlineNow', { time: clock(list.at) })}</p>}
      <p class="hint">{left.length ? t('knock.lead', { n: left.length }) : list || !asked ? t('site.missedNone') : t('app.loading')}</p>
      {a.can('exempt_resident') && left.length > 0 && <p class="hint">{t('call.noted')}</p>}
      <Said />
      {[...stairs].map(([stair, homes]) => (
        <section key={stair}>
          <h2>{place([...homes.values()][0]?.[0])} <small>{t('knock.stair', { homes: homes.size, people: [...homes.values()].reduce((sum, rows) => sum + rows.length, 0) })}</small></h2>
          <ul class="rows">{[...homes].map(([key, rows]) => (
            <li key={key} class="calls">
              <button type="button" onClick={() => open(rows)}>
                <b>{rows[0]?.door ?? key}</b>
                <span>{rows.map((row) => row.name_masked ?? row.slot).join('、')}</span>
                {rows[0]?.reason && <span class="chip missed">{t('knock.told', { reason: textOr('reason.' + rows[0].reason, rows[0].reason) })}</span>}
              </button>
              {rows[0] && <Call slot={rows[0].slot} why="missed" />}
            </li>))}
          </ul>
        </section>))}
      <ToAntigen />
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}
