import { useEffect, useState } from 'preact/hooks'
import { Picture, Said, Titled, useApp } from '../parts/parts'
import { both, clock, t } from '../texts'
import { receiptText } from '../work/receipt'
import { wakeSound } from '../device/signals'

interface Told { code: string; people: { name: string; receipt: string }[] }

export function More() {
  const a = useApp(), s = a.sender.summary()
  const [storage, setStorage] = useState<{ used: number; quota: number; kept: boolean } | null>(null), [receipts, setReceipts] = useState(false), [problem, setProblem] = useState('')
  useEffect(() => { void (async () => { const space = await navigator.storage?.estimate?.(), kept = await navigator.storage?.persisted?.(); if (space) setStorage({ used: space.usage ?? 0, quota: space.quota ?? 0, kept: kept ?? false }) })() }, [])
  const megabytes = (bytes: number) => (bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)
  const off = Math.round((a.clock.wallNow() - Date.now()) / 60000)
  const told: Told[] = [...a.outbox.records.values()].filter((record) => record.command === 'sample_tube').slice(-5).reverse().map((record) => ({ code: String(record.body.code), people: (record.body.people as { slot?: number; document?: string; receipt?: string }[]).map((each) => ({ name: a.tube.people.get(String(each.slot ?? each.document))?.name ?? String(each.slot ?? ''), receipt: String(each.receipt ?? '').replace('$int:', '') })) }))
  const reload = () => { setProblem(''); void a.loadRoll(a.settings.communities, () => undefined).then((n) => a.say('ok', t('setup.loaded', { n })), () => setProblem(t('login.unreachable'))) }
  return (
    <Titled title={t('more.title')}>
      <p>{a.session?.display} · {a.settings.round ? t('setup.roundLine', { n: a.settings.roundNumber, area: both(a.settings.placeZh, a.settings.placeEn) }) : ''} · {a.settings.siteName}</p>
      <Said />
      {problem && <p class="wrong-text" role="alert">{problem}</p>}
      <p class="hint">{t('more.roll', { n: a.tube.people.size })}{a.settings.rollTime ? ` · ${clock(a.settings.rollTime)}` : ''}</p>
      {storage && <p class="hint">{t('more.storage', { used: megabytes(storage.used), quota: megabytes(storage.quota) })}<br />{t(storage.kept ? 'more.persisted' : 'more.notPersisted')}</p>}
      {Math.abs(off) >= 2 && <p class="warn">{t('more.clock', { n: off })}</p>}
      <div class="actions wide">
        <button type="button" onClick={() => a.go('setup')}>{t('more.round')}</button>
        <button type="button" disabled={!a.settings.communities.length} onClick={reload}>{t('more.reload')}</button>
        <button type="button" id="theme" onClick={() => void a.set({ dark: !a.settings.dark })}>{t(a.settings.dark ? 'more.light' : 'more.dark')}</button>
        <button type="button" onClick={() => { wakeSound(); void a.set({ loud: !a.settings.loud }) }}>{t(a.settings.loud ? 'more.loud' : 'more.silent')}</button>
        <button type="button" onClick={() => setReceipts(!receipts)} aria-expanded={receipts}>{t('more.receipts')}</button>
        {a.install && <button type="button" onClick={() => a.install?.()}>{t('more.install')}</button>}
      </div>
      {receipts && <section><p class="hint">{t('more.receiptsHint')}</p>{told.map((tube) => <div key={tube.code}><h2>{tube.code}</h2>{tube.people.filter((each) => each.receipt).map((each) => <div key={each.receipt} class="receipt"><p><b>{each.name}</b> <span class="code">{receiptText(each.receipt)}</span></p><Picture text={receiptText(each.receipt)} label={receiptText(each.receipt)} /></div>)}</div>)}</section>}
      {s.waiting > 0 && <p class="warn">{t('more.logoutUnsent', { n: s.waiting })}</p>}
      <button type="button" class="danger" id="logout" disabled={s.waiting > 0 || s.refused > 0 || a.tube.count > 0} onClick={() => void a.leave()}>{t('more.logout')}</button>
    </Titled>
  )
}
