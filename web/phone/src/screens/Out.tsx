import { useEffect, useRef, useState } from 'preact/hooks'
import { app } from '../app'
import { Field, Picture, Said, Titled, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { Login } from './Login'
import { withTime } from '../sync/clock'
import { FrameReader, newCode, openBundle, sealBundle, toFrames } from '../sync/bundle'
import type { OutRecord, Receipt } from '../sync/types'
import { age, both, t, textOr } from '../texts'

const pictureTime = 700, mostPictures = 300 // longer than that nobody holds two phones together
const nameOf = (record: OutRecord) => `${textOr('command.' + record.command, t('command.other'))} ${record.note ?? ''}${record.origin === 'import' ? ` · ${t('out.imported')}` : ''}`
const chance = (count: number) => crypto.getRandomValues(new Uint8Array(count))

export function Out() {
  const a = useApp(), s = a.sender.summary(), waiting = a.outbox.waiting(), refused = a.outbox.refused()
  const [showing, setShowing] = useState<'pictures' | 'file' | 'scan' | null>(null)
  if (showing === 'scan') return <ReadIn done={() => setShowing(null)} />
  return (
    <Titled title={t('out.title')} back="sample">
      <Said />
      {a.sender.login && <Login inside />}
      {refused.length > 0 && <><h2>{t('out.refused', { n: refused.length })}</h2><ul class="rows">{refused.map((each) => <Refusal key={each.record.key} {...each} />)}</ul></>}
      <h2>{t('out.waiting', { n: waiting.length })}</h2>
      {waiting.length === 0 ? <p class="empty">{t('out.empty')}</p> : <ul class="rows short">{waiting.slice(0, 50).map((record) => <li key={record.key}><span>{nameOf(record)}</span> <small>{age(Date.now() - record.made)}</small></li>)}</ul>}
      {s.kept > 0 && <p class="hint">{t('out.kept', { n: s.kept })}</p>}
      <div class="actions wide">
        <button type="button" class="main" id="send-now" onClick={() => a.sender.poke()}>{t('out.now')}</button>
        <button type="button" id="pictures" disabled={!waiting.length} onClick={() => setShowing('pictures')}>{t('out.pictures')}</button>
        <button type="button" id="file" disabled={!waiting.length} onClick={() => setShowing('file')}>{t('out.file')}</button>
        <button type="button" id="read-in" onClick={() => setShowing('scan')}>{t('out.import')}</button>
      </div>
      {showing && <Leave way={showing} />}
    </Titled>
  )
}

function nameAt(people: unknown[], at: number): string {
  const one = people[at] as { slot?: number; document?: string } | undefined
  return app.tube.people.get(String(one?.slot ?? one?.document))?.name ?? String(one?.slot ?? '')
}

/** What the server would not take, with what a person can do about it. */
function Refusal({ record, receipt }: { record: OutRecord; receipt: Receipt }) {
  const [reason, setReason] = useState('')
  const place = /^people\[(\d+)\]$/.exec(receipt.problem?.field ?? ''), people = record.body.people as unknown[] | undefined
  const mend = async () => {
    const rest = (people ?? []).filter((_, index) => index !== Number(place?.[1]))
    await app.outbox.add(record.command, { ...record.body, people: rest }, { ...(record.note !== undefined && { note: record.note }), replaces: record.key })
  }
  return (
    <li class="refusal">
      <b>{nameOf(record)}</b>
      <p>{both(receipt.problem?.zh, receipt.problem?.en)} <small>{receipt.problem?.requestId}</small></p>
      <div class="actions wide">
        <button type="button" onClick={() => void app.outbox.retry(record.key)}>{t('out.retry')}</button>
        {typeof record.body.occurred === 'string' && !people && <button type="button" onClick={() => void app.outbox.add(record.command, withTime(record.body, app.clock), { ...(record.note !== undefined && { note: record.note }), replaces: record.key })}>{t('out.retime')}</button>}
        {place && people && people.length > 1 && <button type="button" class="mend" onClick={() => void mend()}>{t('out.mend', { n: Number(place[1]) + 1, name: nameAt(people, Number(place[1])) })}</button>}
      </div>
      <Field id={'reason-' + record.key} label={t('out.reason')} value={reason} set={setReason} />
      <button type="button" disabled={!reason.trim()} onClick={() => void app.outbox.close(record.key, reason)}>{t('out.closeIt')}</button>
    </li>
  )
}

/** Unsent records leave as pictures or as a file, both sealed with the code shown here. */
function Leave(props: { way: 'pictures' | 'file' }) {
  const [code] = useState(() => newCode(chance)), [frames, setFrames] = useState<string[]>([]), [at, setAt] = useState(0), [address, setAddress] = useState('')
  useEffect(() => {
    let url = ''
    void (async () => {
      const bytes = await sealBundle(await app.outbox.takeOut(), code, chance)
      if (props.way === 'pictures') { setFrames(toFrames(bytes)); return }
      url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/octet-stream' }))
      setAddress(url)
    })()
    return () => { if (url) URL.revokeObjectURL(url) }
  }, [props.way])
  useEffect(() => { const timer = setInterval(() => setAt((n) => n + 1), pictureTime); return () => clearInterval(timer) }, [])
  const shown = frames.length ? at % frames.length : 0
  return (
    <section class="leave" aria-label={t(props.way === 'pictures' ? 'out.pictures' : 'out.file')}>
      <p>{t('out.code')} <b id="bundle-code" class="code">{code.replace(/(.{4})(?=.)/g, '$1-')}</b></p>
      <p class="hint">{t('out.codeHint')}</p>
      {frames.length > mostPictures && <p class="warn">{t('out.tooMany')}</p>}
      {frames.length <= mostPictures && frames[shown] !== undefined && <><Picture text={frames[shown]} label={t('out.picture', { n: shown + 1, all: frames.length })} /><p id="frame" data-text={frames[shown]}>{t('out.picture', { n: shown + 1, all: frames.length })}</p></>}
      {address && <a id="download" class="button" href={address} download={`bihuan-${new Date().toISOString().slice(0, 16).replace(/[^0-9]/g, '')}.bundle`}>{t('out.file')}</a>}
    </section>
  )
}

function ReadIn(props: { done: () => void }) {
  const a = useApp(), reader = useRef(new FrameReader())
  const [bytes, setBytes] = useState<Uint8Array | null>(null), [have, setHave] = useState(0), [code, setCode] = useState('')
  const told = (text: string) => { const whole = reader.current.take(text); setHave(reader.current.have); if (whole) { setBytes(whole); a.say('ok', t('out.frames', { have: reader.current.total, all: reader.current.total })) } }
  const read = async (event: Event) => {
    event.preventDefault()
    try {
      const count = await a.outbox.takeIn(await openBundle(bytes as Uint8Array, code))
      a.say('seal', t('out.readDone', { n: count }))
      props.done()
    } catch { a.say('wrong', t('out.codeWrong')) }
  }
  return (
    <Titled title={t('out.import')}>
      {!bytes && <Scanner small told={told} />}
      <Said />
      {reader.current.total > 0 && <p id="frames-read">{t('out.frames', { have, all: reader.current.total })}</p>}
      <div class="field"><label for="bundle-file">{t('out.importFile')}</label><input id="bundle-file" type="file" onChange={(event) => { const file = event.currentTarget.files?.[0]; if (file) void file.arrayBuffer().then((all) => setBytes(new Uint8Array(all))) }} /></div>
      <form onSubmit={(event) => void read(event)}>
        <Field id="bundle-typed" label={t('out.codeType')} value={code} set={setCode} max={20} />
        <button type="submit" class="main" id="read" disabled={!bytes || code.length < 12}>{t('out.read')}</button>
      </form>
      <button type="button" onClick={props.done}>{t('app.cancel')}</button>
    </Titled>
  )
}
