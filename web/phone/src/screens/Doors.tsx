import { useState } from 'preact/hooks'
import { Titled, useApp } from '../parts/parts'
import type { Person } from '../work/tube'
import { t } from '../texts'
import { Household } from './Household'

type State = 'done' | 'part' | 'missed' | 'exempt' | 'due'
const shapes: Record<State, string> = { done: '✓', part: '◐', missed: '✕', exempt: '○', due: '·' }

function stateOf(members: Person[], held: (key: string) => boolean): { state: State; done: number; all: number } {
  const owed = members.filter((person) => !person.exempt && !person.away), done = owed.filter((person) => held(person.key)).length
  const missed = owed.some((person) => person.missed && !held(person.key))
  const state = !owed.length ? 'exempt' : done === owed.length ? 'done' : missed ? 'missed' : done ? 'part' : 'due'
  return { state, done, all: owed.length }
}
function groups(people: Person[], by: (person: Person) => string): [string, Person[]][] {
  const found = new Map<string, Person[]>()
  for (const person of people) { const key = by(person), list = found.get(key); if (list) list.push(person); else found.set(key, [person]) }
  return [...found]
}

/** Building, unit, door: what is done and what is left, in colour, shape and word. */
export function Doors() {
  const a = useApp()
  const [building, setBuilding] = useState<string | null>(null), [onlyOpen, setOnlyOpen] = useState(false)
  if (a.household) return <Household members={a.household} />
  const held = (key: string) => a.tube.holder(key) !== undefined
  const people = [...a.tube.people.values()].filter((person) => person.slot !== undefined && person.household !== undefined).sort((x, y) => (x.slot as number) - (y.slot as number))
  const place = (person: Person) => `${person.community ?? ''}/${person.building ?? ''}`
  if (!people.length) return <Titled title={t('doors.title')}><p class="empty">{t('doors.empty')}</p></Titled>
  const chip = (members: Person[]) => { const s = stateOf(members, held); return <span class={'chip ' + s.state}><span aria-hidden="true">{shapes[s.state]}</span> {t(('doors.' + s.state) as 'doors.done')} {t('doors.people', { done: s.done, all: s.all })}</span> }
  if (building === null) {
    return (
      <Titled title={t('doors.title')}>
        <p class="hint">{t('doors.left', { done: people.filter((person) => held(person.key)).length, all: people.length })}</p>
        <ul class="rows">{groups(people, place).map(([key, members]) => <li key={key}><button type="button" onClick={() => setBuilding(key)}><b>{t('home.building', { n: members[0]?.building ?? '?' })}</b>{chip(members)}</button></li>)}</ul>
      </Titled>
    )
  }
  const inside = people.filter((person) => place(person) === building)
  return (
    <Titled title={t('home.building', { n: inside[0]?.building ?? '?' })}>
      <div class="actions wide"><button type="button" onClick={() => setBuilding(null)}>{t('doors.all')}</button><button type="button" aria-pressed={onlyOpen} onClick={() => setOnlyOpen(!onlyOpen)}>{t('doors.onlyOpen')}</button></div>
      {groups(inside, (person) => String(person.unit ?? '')).map(([unit, members]) => (
        <section key={unit}>
          {unit && <h2>{t('home.unit', { n: unit })}</h2>}
          <ul class="rows">{groups(members, (person) => String(person.household)).filter(([, home]) => !onlyOpen || !['done', 'exempt'].includes(stateOf(home, held).state)).map(([key, home]) => <li key={key}><button type="button" onClick={() => a.openHousehold(home)}><b>{home[0]?.door ?? key}</b>{chip(home)}</button></li>)}</ul>
        </section>))}
    </Titled>
  )
}
