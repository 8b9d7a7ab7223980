import { useEffect, useState } from 'preact/hooks'
import { app } from '../app'
import type { Kept } from '../app'
import { Choice, Field, Said, Titled, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { age, both, clock, t } from '../texts'

interface BoxRow { box: number; code: string; tubes: number | null; state: string; state_zh: string | null; state_en: string | null; first_sample: string | null; site_name: string | null }
interface Institution { institution: number; name: string; name_en: string | null; kind: string }
const warnings = [4, 2] // hours since the first sample, worst first; the duty over the box has the plan's own clock
const kinds = ['spill', 'crash', 'delay', 'temperature', 'lost', 'other']

const done = (row: BoxRow) => row.state === 'received' || row.state === 'answered'

/** The courier: each box is scanned when it is taken, and when it is given. */
export function Carry() {
  const a = useApp()
  const [boxes, setBoxes] = useState<(Kept<BoxRow> & { fresh: boolean }) | null>(null), [code, setCode] = useState(''), [act, setAct] = useState<'pick' | 'give' | 'incident'>('pick')
  const [institutions, setInstitutions] = useState<Institution[]>([])
  const load = () => {
    void a.list<BoxRow>('boxes', 'boxes', {}).then(setBoxes, () => undefined)
    void a.list<Institution>('institutions', 'institutions', {}).then((list) => setInstitutions(list.rows), () => undefined)
  }
  useEffect(load, [])
  useEffect(() => { a.taker = (scan) => { if (scan.kind !== 'label') return false; setCode(scan.code); a.say('ok', scan.code); return true }; return () => { a.taker = null } })
  const box = boxes?.rows.find((row) => row.code === code)
  const sinceFirst = (row: BoxRow) => { return row.first_sample && !done(row) ? a.clock.logNow() - Date.parse(row.first_sample) : null }
  return (
    <Titled title={t('carry.title')}>
      <Scanner small />
      <Said />
      <div class="actions wide">
        <button type="button" aria-pressed={act === 'pick'} onClick={() => setAct('pick')}>{t('carry.pickUp')}</button>
        <button type="button" aria-pressed={act === 'give'} onClick={() => setAct('give')}>{t('carry.handOver')}</button>
        <button type="button" aria-pressed={act === 'incident'} onClick={() => setAct('incident')}>{t('carry.incident')}</button>
      </div>
      <Field id="box" label={t('carry.scan')} value={code} set={(value) => setCode(value.toUpperCase())} max={32} />
      {code.length >= 4 && !box && <p class="warn">{t('carry.unknownBox', { code })}</p>}
      {box && act !== 'incident' && <HandOver key={act + box.code} box={box} giving={act === 'give'} institutions={institutions} />}
      {box && act === 'incident' && <Incident box={box} />}
      <h2>{boxes && !boxes.fresh ? t('app.offlineNow', { time: clock(boxes.at) }) : t('carry.title')}</h2>
      {!boxes?.rows.length && <p class="empty">{t('carry.none')}</p>}
      <ul class="rows">{boxes?.rows.filter((row) => !done(row) || row.code === code).map((row) => {
        const since = sinceFirst(row), late = since === null ? undefined : warnings.find((hours) => since > hours * 3600000)
        return <li key={row.code}><button type="button" onClick={() => setCode(row.code)}><b>{row.code}</b> <span>{t('carry.tubes', { n: row.tubes ?? 0 })} · {both(row.state_zh ?? undefined, row.state_en ?? undefined)}</span> {since !== null && <span class={'chip ' + (late ? 'missed' : 'due')}>{t('carry.since', { age: age(since) })}{late ? ` · ${t('carry.warn', { n: late })}` : ''}</span>}</button></li>
      })}</ul>
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}

function HandOver(props: { box: BoxRow; giving: boolean; institutions: Institution[] }) {
  const [count, setCount] = useState(''), [temperature, setTemperature] = useState(''), [from, setFrom] = useState(''), [to, setTo] = useState(''), [institution, setInstitution] = useState('')
  const kinds = props.giving ? ['laboratory'] : ['transfer_team', 'sampling_team'], known = props.institutions.filter((each) => kinds.includes(each.kind))
  const tenths = temperature.trim() === '' ? undefined : Math.round(Number(temperature.replace(',', '.')) * 10)
  const same = from.trim() !== '' && from.trim() === to.trim()
  const good = !same && count !== '' && Number(institution) > 0 && from.trim() && to.trim() && (tenths === undefined || Number.isFinite(tenths))
  const send = (event: Event) => {
    event.preventDefault()
    const common = { box: props.box.box, institution: Number(institution), count: Number(count), ...(tenths !== undefined && { temperature_tenths: tenths }) }
    void app.record(props.giving ? 'receive_box' : 'pick_up_box', props.giving ? { ...common, courier_signature: from, to_signature: to } : { ...common, from_signature: from, courier_signature: to }, props.box.code)
  }
  return (
    <form onSubmit={send}>
      <Field id="carry-count" label={t('carry.count')} value={count} set={setCount} mode="numeric" max={4} />
      <Field id="carry-temperature" label={t('carry.temperature')} value={temperature} set={setTemperature} mode="decimal" max={6} />
      <Choice id="carry-institution" label={t(props.giving ? 'carry.laboratory' : 'carry.team')} value={institution} options={[['', '—'], ...known.map((each): [string, string] => [String(each.institution), both(each.name, each.name_en ?? undefined)])]} set={setInstitution} />
      <Field id="carry-from" label={t('carry.from')} value={from} set={setFrom} max={60} />
      <Field id="carry-to" label={t('carry.to')} value={to} set={setTo} max={60} wrong={same ? t('carry.same') : undefined} />
      <button type="submit" class="main" disabled={!good}>{t(props.giving ? 'carry.handOver' : 'carry.pickUp')}</button>
    </form>
  )
}

function Incident(props: { box: BoxRow }) {
  const [kind, setKind] = useState('spill'), [note, setNote] = useState('')
  return (
    <form onSubmit={(event) => { event.preventDefault(); void app.record('report_incident', { box: props.box.box, kind, ...(note.trim() && { note: note.trim() }) }, props.box.code) }}>
      <Choice id="incident-kind" label={t('carry.kind')} value={kind} options={kinds.map((each) => [each, t(('incident.' + each) as 'incident.spill')])} set={setKind} />
      <Field id="incident-note" label={t('carry.note')} value={note} set={setNote} max={400} />
      <button type="submit" class="main">{t('carry.incident')}</button>
    </form>
  )
}
