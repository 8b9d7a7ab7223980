import { useState } from 'preact/hooks'
import { Choice, Said, useApp } from '../parts/parts'
import type { Person } from '../work/tube'
import { t, textOr } from '../texts'

const missed = ['absent', 'refused', 'moved', 'other'], exempt = ['medical', 'infant', 'isolated']

/** One door: everybody ticked as present; who is not has a reason. One confirmation for all of them. */
export function Household(props: { members: Person[] }) {
  const a = useApp()
  const open = props.members.filter((person) => !person.sampled && !person.exempt && !a.tube.holder(person.key))
  const [away, setAway] = useState<Map<string, string>>(new Map())
  const present = open.filter((person) => !away.has(person.key))
  const mark = (key: string, reason: string | null) => { const next = new Map(away); if (reason) next.set(key, reason); else next.delete(key); setAway(next) }
  const first = props.members[0], reasons = a.can('exempt_resident') ? [...missed, ...exempt] : missed
  const name = (person: Person) => person.name ?? String(person.slot ?? '')
  return (
    <main id="main" class="household">
      <div class="title"><h1>{t('home.title', { door: first?.door ?? String(first?.household ?? '') })}</h1><button type="button" onClick={() => { a.household = null; a.changed() }}>{t('app.cancel')}</button></div>
      <p class="where">{[first?.building !== undefined && t('home.building', { n: first.building }), first?.unit !== undefined && t('home.unit', { n: first.unit })].filter(Boolean).join(' · ')}</p>
      <ul class="members">
        {props.members.map((person) => {
          const free = open.includes(person), reason = away.get(person.key)
          return (
            <li key={person.key} class={!free ? 'closed' : reason ? 'away' : 'here'}>
              {free
                ? <label class="tick"><input type="checkbox" checked={!reason} onChange={(event) => mark(person.key, event.currentTarget.checked ? null : 'absent')} /> <span><b>{name(person)}</b> {reason ? textOr('reason.' + reason, reason) : t('home.present')}</span></label>
                : <span class="tick"><b>{name(person)}</b> {person.exempt ? `${t('home.exempt')}：${textOr('reason.' + person.exempt, person.exempt)}` : `✓ ${t('home.done')}`}</span>}
              {free && reason && <Choice id={'reason-' + person.key} label={t('home.state', { name: name(person) })} value={reason} options={reasons.map((each) => [each, textOr('reason.' + each, each)])} set={(value) => mark(person.key, value)} />}
            </li>)
        })}
      </ul>
      <Said />
      <div class="actions wide">
        {open.length > 0 && <button type="button" onClick={() => setAway(new Map(open.map((person) => [person.key, 'absent'])))}>{t('home.nobody')}</button>}
        <button type="button" id="confirm" class="main" disabled={!open.length} onClick={() => void a.confirmHousehold(present, away)}>{present.length ? t('home.confirm', { n: present.length }) : t('home.confirmNone')}</button>
      </div>
    </main>
  )
}
