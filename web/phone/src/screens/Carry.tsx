import { useEffect, useState } from 'preact/hooks'
import { app } from '../app'
import type { Kept } from '../app'
import { Choice, Field, Said, Titled, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { age, clock, t } from '../texts'

interface BoxRow { box: number; code: string; tubes?: number; count?: number; state?: string; first_sampled?: string | null; first?: string | null; sealed?: string | null; area_name?: string }
const warnings = [4, 2] // hours since the first sample, worst first
const kinds = ['spill', 'crash', 'delay', 'temperature', 'lost', 'other']

/** The courier: each box is scanned when it is taken, and when it is given. */
export function Carry() {
  const a = useApp()
  const [boxes, setBoxes] = useState<(Kept<BoxRow> & { fresh: boolean }) | null>(null), [code, setCode] = useState(''), [act, setAct] = useState<'pick' | 'give' | 'incident'>('pick')
  const load = () => { void a.list<BoxRow>('boxes', 'boxes', { area: a.session?.area?.unit }).then(setBoxes, () => undefined) }
  useEffect(load, [])
  useEffect(() => { a.taker = (scan) => { if (scan.kind !== 'label') return false; setCode(scan.code); a.say('ok', scan.code); return true }; return () => { a.taker = null } })
  const box = boxes?.rows.find((row) => row.code === code)
  const sinceFirst = (row: BoxRow) => { const first = row.first_sampled ?? row.first; return first ? a.clock.logNow() - Date.parse(first) : null }
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
      {box && act !== 'incident' && <HandOver key={act + box.code} box={box} giving={act === 'give'} />}
      {box && act === 'incident' && <Incident box={box} />}
      <h2>{boxes && !boxes.fresh ? t('app.offlineNow', { time: clock(boxes.at) }) : t('carry.title')}</h2>
      {!boxes?.rows.length && <p class="empty">{t('carry.none')}</p>}
      <ul class="rows">{boxes?.rows.map((row) => {
        const since = sinceFirst(row), late = since === null ? undefined : warnings.find((hours) => since > hours * 3600000)
        return <li key={row.code}><button type="button" onClick={() => setCode(row.code)}><b>{row.code}</b> <span>{t('carry.tubes', { n: row.tubes ?? row.count ?? 0 })}</span> {since !== null && <span class={'chip ' + (late ? 'missed' : 'due')}>{t('carry.since', { age: age(since) })}{late ? ` · ${t('carry.warn', { n: late })}` : ''}</span>}</button></li>
      })}</ul>
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}

function HandOver(props: { box: BoxRow; giving: boolean }) {
  const [count, setCount] = useState(''), [temperature, setTemperature] = useState(''), [from, setFrom] = useState(''), [to, setTo] = useState(''), [institution, setInstitution] = useState('')
  const tenths = temperature.trim() === '' ? undefined : Math.round(Number(temperature.replace(',', '.')) * 10)
  const good = count !== '' && Number(institution) > 0 && from.trim() && to.trim() && (tenths === undefined || Number.isFinite(tenths))
  const send = (event: Event) => {
    event.preventDefault()
    const common = { box: props.box.box, institution: Number(institution), count: Number(count), ...(tenths !== undefined && { temperature_tenths: tenths }) }
    void app.record(props.giving ? 'receive_box' : 'pick_up_box', props.giving ? { ...common, courier_signature: from, to_signature: to } : { ...common, from_signature: from, courier_signature: to }, props.box.code)
  }
  return (
    <form onSubmit={send}>
      <Field id="carry-count" label={t('carry.count')} value={count} set={setCount} mode="numeric" max={4} />
      <Field id="carry-temperature" label={t('carry.temperature')} value={temperature} set={setTemperature} mode="decimal" max={6} />
      <Field id="carry-institution" label={t(props.giving ? 'carry.laboratory' : 'carry.team')} value={institution} set={setInstitution} mode="numeric" max={15} />
      <Field id="carry-from" label={t('carry.from')} value={from} set={setFrom} max={60} />
      <Field id="carry-to" label={t('carry.to')} value={to} set={setTo} max={60} />
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
