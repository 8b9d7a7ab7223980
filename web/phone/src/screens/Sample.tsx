import { useState } from 'preact/hooks'
import { Field, Said, useApp } from '../parts/parts'
import { Scanner } from '../parts/Scanner'
import { wakeSound } from '../device/signals'
import { t } from '../texts'
import { Household } from './Household'

export function Sample() {
  const a = useApp(), draft = a.tube.draft, most = a.tube.settings.poolSize
  const [typing, setTyping] = useState(false), [text, setText] = useState('')
  const last = draft?.people[draft.people.length - 1]
  const mine = [...a.tube.people.values()].filter((person) => person.mine && person.sampled)
  const enter = (event: Event) => { event.preventDefault(); if (text.trim()) void a.scanned(text); setText(''); setTyping(false) }
  if (a.household) return <Household members={a.household} />
  return (
    <main id="main" class="sample">
      <h1 class="hidden-text">{t('sample.title')}</h1>
      <Scanner />
      <Said />
      <p class="count" aria-label={t('sample.count', { n: a.tube.count, most })}><strong id="count">{a.tube.count}</strong><span>/{most}</span></p>
      <p class="tube"><span>{draft ? t('sample.tube') : t('sample.noTube')}</span> <b id="tube">{draft?.code ?? ''}</b></p>
      <p class="last">{last ? `${t('sample.last')}：${last.name ?? last.slot ?? '…' + last.document?.slice(-4)}` : t('sample.today', { people: mine.length, tubes: new Set(mine.map((person) => person.sampled)).size })}</p>
      {typing
        ? <form class="type" onSubmit={enter}><Field id="code" label={t('sample.typeLabel')} value={text} set={setText} max={40} /><button type="submit" class="main">{t('sample.typeDo')}</button></form>
        : (
          <div class="actions">
            <button type="button" id="undo" onClick={() => { wakeSound(); void a.undo() }}>{t('sample.undo')}</button>
            <button type="button" id="seal-tube" disabled={!a.tube.count} onClick={() => { wakeSound(); void a.sealTube() }}>{t('sample.sealTube')}</button>
            <button type="button" id="type" onClick={() => { wakeSound(); setTyping(true) }}>{t('sample.type')}</button>
            <button type="button" id="quick" onClick={() => a.go('quick')}>{t('sample.quick')}</button>
          </div>)}
    </main>
  )
}
