import { useEffect, useRef, useState } from 'preact/hooks'
import { app } from '../app'
import type { Carried, Kept } from '../app'
import { takePhoto } from '../device/photo'
import { Choice, Field, Said, Titled, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { age, both, clock, t, textOr } from '../texts'
import { damageReasons } from '../work/codes'
import type { HandOver } from '../work/codes'

/** warn_minutes, most_minutes: of the plan, from the first sample on; null = no such rule. */
interface BoxRow { box: number; code: string; tubes: number | null; state: string; state_zh: string | null; state_en: string | null; first_sample: string | null; site_name: string | null; warn_minutes?: number | null; most_minutes?: number | null }
interface Institution { institution: number; name: string; name_en: string | null; kind: string }
interface BoxTubes { tubes: { code: string }[] }
type Act = 'pick' | 'give' | 'incident'
const kinds = ['spill', 'crash', 'delay', 'temperature', 'lost', 'other']

const done = (row: BoxRow) => row.state === 'received' || row.state === 'answered'
const did = (act: 'picked' | 'given', code: string) => { const found = app.boxAct(act, code); return found !== null && found.state !== 'refused' }
const nameOf = (each: Institution | undefined) => (each ? both(each.name, each.name_en ?? undefined) : '')

/** The courier: each box is scanned when it is taken, and when it is given. */
export function Carry() {
  const a = useApp()
  const [boxes, setBoxes] = useState<(Kept<BoxRow> & { fresh: boolean }) | null>(null), [code, setCode] = useState(''), [tapped, setTapped] = useState<Act | null>(null)
  const [institutions, setInstitutions] = useState<Institution[]>([])
  const load = () => {
    void a.list<BoxRow>('boxes', 'boxes', {}).then(setBoxes, () => undefined)
    void a.list<Institution>('institutions', 'institutions', {}).then((list) => setInstitutions(list.rows), () => undefined)
  }
  useEffect(load, [])
  const box = boxes?.rows.find((row) => row.code === code), given = [...a.carried.values()].filter((each) => each.given)
  // What is done with a box follows from where it is, unless somebody says otherwise.
  const act = tapped ?? (box && (box.state === 'on_the_way' || did('picked', code)) ? 'give' : 'pick')
  const choose = (next: string) => { setCode(next); if (tapped !== 'incident') setTapped(null) }
  const receive = (offer: HandOver) => {
    if (code !== offer.code) a.say('wrong', t('carry.boxFirst', { code: offer.code }))
    else if (did('given', code)) a.say('duplicate', t('carry.given', { code }))
    else if ((a.session?.display ?? '').trim() === offer.receiver.trim()) a.say('wrong', t('carry.same'))
    else void a.giveBox(offer, nameOf(institutions.find((each) => each.institution === offer.laboratory)))
  }
  useEffect(() => {
    a.taker = (scan) => {
      if (scan.kind === 'handover') { receive(scan); return true }
      if (scan.kind !== 'label') return false
      choose(scan.code)
      a.say('ok', scan.code)
      return true
    }
    return () => { a.taker = null }
  })
  const sinceFirst = (row: BoxRow) => { return row.first_sample && !done(row) && !did('given', row.code) ? a.clock.logNow() - Date.parse(row.first_sample) : null }
  return (
    <Titled title={t('carry.title')}>
      <Scanner small />
      <Said />
      <div class="actions wide three">{(['pick', 'give', 'incident'] as const).map((each) => <button type="button" key={each} aria-pressed={act === each} onClick={() => setTapped(each)}>{t(each === 'pick' ? 'carry.pickUp' : each === 'give' ? 'carry.handOver' : 'carry.incident')}</button>)}</div>
      <Field id="box" label={t('carry.scan')} value={code} set={(value) => choose(value.toUpperCase())} max={32} />
      {code.length >= 4 && !box && <p class="warn">{t('carry.unknownBox', { code })}</p>}
      {box && act === 'incident' && <Incident key={code} box={box} />}
      {box && act !== 'incident' && <HandOverForm key={act + box.code} box={box} giving={act === 'give'} institutions={institutions} />}
      <h2>{boxes && !boxes.fresh ? t('app.offlineNow', { time: clock(boxes.at) }) : t('carry.title')}</h2>
      {!boxes?.rows.length && <p class="empty">{t('carry.none')}</p>}
      <ul class="rows">{boxes?.rows.filter((row) => (!done(row) && !did('given', row.code)) || row.code === code).map((row) => {
        const since = sinceFirst(row), late = since === null ? undefined : [row.most_minutes, row.warn_minutes].find((minutes) => minutes && since > minutes * 60000)
        return <li key={row.code}><button type="button" onClick={() => choose(row.code)}><b>{row.code}</b> <span>{t('carry.tubes', { n: row.tubes ?? 0 })} · {did('picked', row.code) && row.state === 'sealed' ? t('carry.here') : both(row.state_zh ?? undefined, row.state_en ?? undefined)}</span> {since !== null && <span class={'chip ' + (late ? 'missed' : 'due')}>{t('carry.since', { age: age(since) })}{late ? ` · ${t('carry.warn', { age: age(late * 60000) })}` : ''}</span>}</button></li>
      })}</ul>
      {given.length > 0 && <section id="proofs"><h2>{t('carry.proofs')}</h2><ul class="rows">{given.map((each) => <Proof key={each.code} one={each} />)}</ul></section>}
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}

/** What the courier keeps in hand: who took how many tubes, when, and where it stands in the log. */
function Proof({ one }: { one: Carried }) {
  const act = app.boxAct('given', one.code), state = act?.state ?? 'log'
  return <li class="proof"><b>{one.code}</b> <span>{t('carry.proof', { laboratory: one.given?.laboratory ?? '', n: one.given?.count ?? 0, receiver: one.given?.receiver ?? '', time: clock(one.given?.at ?? 0) })}</span> <span class={'chip ' + (state === 'refused' ? 'missed' : state === 'log' ? 'done' : 'due')}>{state === 'log' ? t('carry.inLog', { n: act?.position ?? '' }) : t(state === 'refused' ? 'carry.refused' : 'carry.toSend')}</span></li>
}

function HandOverForm(props: { box: BoxRow; giving: boolean; institutions: Institution[] }) {
  const a = useApp(), own = a.session?.display ?? '', { giving, box } = props
  const known = props.institutions.filter((each) => (giving ? ['laboratory'] : ['transfer_team', 'sampling_team']).includes(each.kind))
  const [count, setCount] = useState(''), [temperature, setTemperature] = useState('')
  const [from, setFrom] = useState(giving ? own : a.settings.from), [to, setTo] = useState(giving ? '' : own)
  const [institution, setInstitution] = useState(!giving && a.settings.team ? String(a.settings.team) : known.length === 1 ? String(known[0]?.institution) : '')
  const [marks, setMarks] = useState<Map<string, string>>(new Map())
  const tenths = temperature.trim() === '' ? undefined : Math.round(Number(temperature.replace(',', '.')) * 10)
  const same = from.trim() !== '' && from.trim() === to.trim()
  const good = !same && count !== '' && Number(institution) > 0 && from.trim() && to.trim() && (tenths === undefined || Number.isFinite(tenths))
  const send = (event: Event) => {
    event.preventDefault()
    const common = { box: box.box, institution: Number(institution), count: Number(count), ...(tenths !== undefined && { temperature_tenths: tenths }) }
    const carried = { ...a.carried.get(box.code), key: 'carry:' + box.code, code: box.code }
    if (!giving) {
      void a.set({ team: Number(institution), from: from.trim() })
      void a.carry('pick_up_box', { ...common, from_signature: from.trim(), courier_signature: to.trim() }, { ...carried, picked: Date.now() })
      void app.one('tubes:' + box.code, '/queries/box?box=' + box.box) // for the other end, where there may be no network
      return
    }
    const missing = [...marks].filter(([, mark]) => mark === 'missing').map(([code]) => ({ code })), damaged = [...marks].filter(([, mark]) => mark !== 'missing').map(([code, reason]) => ({ code, reason }))
    void a.carry('receive_box', { ...common, ...(missing.length && { missing }), ...(damaged.length && { damaged }), courier_signature: from.trim(), to_signature: to.trim() },
      { ...carried, given: { at: a.clock.logNow(), laboratory: nameOf(known.find((each) => String(each.institution) === institution)), count: Number(count), receiver: to.trim() } })
  }
  if (did(giving ? 'given' : 'picked', box.code)) return <p class="hint">{t(giving ? 'carry.given' : 'carry.picked', { code: box.code })}</p>
  return (
    <form onSubmit={send}>
      {giving && <p class="hint">{t('carry.byCode')}</p>}
      <Field id="carry-count" label={t('carry.count')} value={count} set={setCount} mode="numeric" max={4} />
      <Field id="carry-temperature" label={t('carry.temperature')} value={temperature} set={setTemperature} mode="decimal" max={6} />
      <Choice id="carry-institution" label={t(giving ? 'carry.laboratory' : 'carry.team')} value={institution} options={[['', '—'], ...known.map((each): [string, string] => [String(each.institution), nameOf(each)])]} set={setInstitution} />
      <Field id="carry-from" label={t('carry.from')} value={from} set={setFrom} max={60} />
      <Field id="carry-to" label={t('carry.to')} value={to} set={setTo} max={60} wrong={same ? t('carry.same') : undefined} />
      {giving && <Exceptions box={box} marks={marks} set={setMarks} />}
      <button type="submit" class="main" disabled={!good}>{t(giving ? 'carry.handOver' : 'carry.pickUp')}</button>
    </form>
  )
}

/** Only what is not as the list says: a tube that is not there, or that no laboratory can use. */
function Exceptions(props: { box: BoxRow; marks: Map<string, string>; set: (marks: Map<string, string>) => void }) {
  const [tubes, setTubes] = useState<string[]>([]), [tube, setTube] = useState(''), [mark, setMark] = useState('missing')
  useEffect(() => { void app.one<BoxTubes>('tubes:' + props.box.code, '/queries/box?box=' + props.box.box).then((found) => setTubes(found?.tubes.map((each) => each.code) ?? [])) }, [])
  const add = () => { props.set(new Map(props.marks).set(tube, mark)); setTube('') }
  const remove = (code: string) => { const next = new Map(props.marks); next.delete(code); props.set(next) }
  const text = (each: string) => textOr('damage.' + each, each)
  if (!tubes.length) return null
  return (
    <fieldset>
      <legend>{t('carry.exceptions')}</legend>
      <ul class="rows short">{[...props.marks].map(([code, each]) => <li key={code}><span><b>{code}</b> {text(each)}</span><button type="button" onClick={() => remove(code)}>✕<span class="hidden-text">{code}</span></button></li>)}</ul>
      <Choice id="exception-tube" label={t('carry.exceptionTube')} value={tube} options={[['', '—'], ...tubes.filter((code) => !props.marks.has(code)).map((code): [string, string] => [code, code])]} set={setTube} />
      <Choice id="exception-mark" label={t('carry.exceptionMark')} value={mark} options={['missing', ...damageReasons].map((each) => [each, text(each)])} set={setMark} />
      <button type="button" id="exception-add" disabled={!tube} onClick={add}>{t('carry.exceptionAdd')}</button>
    </fieldset>
  )
}

/** A picture if there is time for one, then the kind: that tap sends it. Lost is asked twice, because it ends every tube. */
function Incident(props: { box: BoxRow }) {
  const canvas = useRef<HTMLCanvasElement>(null), chosen = useRef<HTMLInputElement>(null)
  const [note, setNote] = useState(''), [photo, setPhoto] = useState(''), [problem, setProblem] = useState(''), [sure, setSure] = useState(false)
  const take = async (file: File | undefined) => {
    setProblem('')
    setPhoto('')
    if (!file || !canvas.current) return
    try { setPhoto(await takePhoto(file, canvas.current)) } catch { setProblem(t('carry.photoFailed')) }
  }
  const send = (kind: string) => {
    if (kind === 'lost' && !sure) { setSure(true); return }
    void app.record('report_incident', { box: props.box.box, kind, ...(note.trim() && { note: note.trim() }), ...(photo && { photo }) }, props.box.code)
    setNote('')
    setPhoto('')
    setSure(false)
    if (chosen.current) chosen.current.value = ''
  }
  return (
    <section aria-label={t('carry.incident')}>
      <div class="field"><label for="incident-photo">{t('carry.photo')}</label><input ref={chosen} id="incident-photo" type="file" accept="image/*" capture="environment" onChange={(event) => void take(event.currentTarget.files?.[0])} /></div>
      {problem && <p class="wrong-text" role="alert">{problem}</p>}
      <canvas ref={canvas} class="photo" width="1" height="1" hidden={!photo} role="img" aria-label={t('carry.photo')} />
      <Field id="incident-note" label={t('carry.note')} value={note} set={setNote} max={400} />
      {sure && <p class="warn" role="alert">{t('carry.lostSure')}</p>}
      <div class="actions">{kinds.map((kind) => <button type="button" key={kind} id={'incident-' + kind} onClick={() => send(kind)}>{t(('incident.' + kind) as 'incident.spill')}</button>)}</div>
    </section>
  )
}
