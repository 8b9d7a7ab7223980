import { useEffect, useState } from 'preact/hooks'
import { Field, Said, Titled, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { t } from '../texts'

/** Two scans and a number: what the hand counts must be what the phone counted. */
export function Seal() {
  const a = useApp()
  const [box, setBox] = useState(''), [typed, setTyped] = useState(''), [out, setOut] = useState<Set<string>>(new Set()), [more, setMore] = useState<string[]>([])
  const own = a.tubesToBox(), taken = [...own.filter((tube) => !out.has(tube.code)).map((tube) => tube.code), ...more]
  useEffect(() => {
    a.taker = (scan) => {
      if (scan.kind !== 'label') return false
      if (own.some((tube) => tube.code === scan.code)) a.say('ok', t('seal.scanned', { code: scan.code }))
      else { setBox(scan.code); a.say('ok', t('seal.boxCode') + ' ' + scan.code) }
      return true
    }
    return () => { a.taker = null }
  })
  const count = Number(typed), mismatch = typed !== '' && count !== taken.length
  const seal = async (event: Event) => {
    event.preventDefault()
    await a.sealBox(box, taken)
    setBox(''); setTyped(''); setOut(new Set()); setMore([])
  }
  return (
    <Titled title={t('seal.title')}>
      <Scanner small />
      <Said />
      {a.tube.count > 0 && <p class="warn">{t('seal.open', { code: a.tube.draft?.code ?? '', n: a.tube.count })} <button type="button" onClick={() => void a.sealTube()}>{t('sample.sealTube')}</button></p>}
      <h2>{own.length ? t('seal.tubes', { n: taken.length }) : t('seal.none')}</h2>
      <ul class="rows tubes">{own.map((tube) => (
        <li key={tube.code}><label class="tick"><input type="checkbox" checked={!out.has(tube.code)} onChange={() => { const next = new Set(out); if (!next.delete(tube.code)) next.add(tube.code); setOut(next) }} /> <span>{t('seal.inBox', tube)}</span></label></li>))}
      </ul>
      <form onSubmit={(event) => void seal(event)}>
        <Field id="box" label={t('seal.box')} value={box} set={(value) => setBox(value.toUpperCase().replace(/[^0-9A-Z]/g, ''))} max={32} />
        <Field id="typed" label={t('seal.count')} value={typed} set={setTyped} mode="numeric" max={4} wrong={mismatch ? t('seal.mismatch', { phone: taken.length, typed: count }) : undefined} />
        <button type="submit" class="main" id="seal-box" disabled={!taken.length || box.length < 4 || typed === '' || mismatch || a.tube.count > 0}>{box ? t('seal.do', { code: box, n: taken.length }) : t('seal.doFirst')}</button>
      </form>
    </Titled>
  )
}
