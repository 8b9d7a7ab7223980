import { useEffect, useState } from 'preact/hooks'
import type { Kept } from '../app'
import { Field, Said, Titled, useApp } from '../parts/parts'
import { clock, t, textOr } from '../texts'
import { ToAntigen } from './Antigen'

interface SiteRow { site: number; name: string; sampled: number | null; tubes: number | null; boxed: number | null; per_hour: number | null; queue: number | null; waiting_minutes: number | null; samplers: number | null; left: number | null; finish: string | null }
interface MoveRow { from_site: number; from_name: string; to_site: number; to_name: string; lanes: number }
export interface MissedRow { slot: number; household?: number; building?: number | null; unit?: number | null; door?: string | null; name_masked?: string | null; reason?: string | null }
const boardEvery = 10000

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
  const homes = new Map<string, MissedRow[]>()
  for (const row of left) { const key = `${row.building ?? ''}/${row.unit ?? ''}/${row.household ?? row.door ?? row.slot}`; homes.set(key, [...(homes.get(key) ?? []), row]) }
  const open = (rows: MissedRow[]) => a.openHouseholdAt(rows.map((row) => a.tube.people.get(String(row.slot)) ?? { key: String(row.slot), slot: row.slot, ...(row.door && { door: row.door }), ...(row.name_masked && { name: row.name_masked }), ...(row.household !== undefined && { household: row.household }), ...(row.building && { building: row.building }), ...(row.unit && { unit: row.unit }) }))
  return (
    <Titled title={t('knock.title')} back="site">
      {list && !list.fresh && <p class="hint">{t('app.offlineNow', { time: clock(list.at) })}</p>}
      <p class="hint">{left.length ? t('knock.lead', { n: left.length }) : list || !asked ? t('site.missedNone') : t('app.loading')}</p>
      <ul class="rows">{[...homes].map(([key, rows]) => (
        <li key={key}><button type="button" onClick={() => open(rows)}>
          <b>{[rows[0]?.building && t('home.building', { n: rows[0].building }), rows[0]?.unit && t('home.unit', { n: rows[0].unit }), rows[0]?.door].filter(Boolean).join(' · ')}</b>
          <span>{rows.map((row) => row.name_masked ?? row.slot).join('、')}</span>
          {rows[0]?.reason && <span class="chip missed">{t('knock.told', { reason: textOr('reason.' + rows[0].reason, rows[0].reason) })}</span>}
        </button></li>))}
      </ul>
      <ToAntigen />
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}
