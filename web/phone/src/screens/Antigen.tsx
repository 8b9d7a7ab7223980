import { useEffect, useState } from 'preact/hooks'
import type { Kept } from '../app'
import { Call, Said, Titled, useApp } from '../parts/parts'
import { clock, t } from '../texts'

interface OwingRow { slot: number; building: number | null; unit: number | null; door: string | null; name_masked: string | null; people: number; kits: number; handed_out: string | null }

/** Doors that were given antigen kits for this round and have not told of them all; null where nobody may ask. */
export function useOwing(): [(Kept<OwingRow> & { fresh: boolean }) | null, () => void] {
  const a = useApp(), { round, communities } = a.settings
  const [list, setList] = useState<(Kept<OwingRow> & { fresh: boolean }) | null>(null)
  const load = () => { if (a.canAsk('antigen_owing')) void a.list<OwingRow>('antigen_owing', 'antigen_owing', { round, area: communities[0] ?? a.session?.area?.unit }).then(setList, () => undefined) }
  useEffect(load, [])
  return [list, load]
}

/** The way to the list, where somebody still owes a test. */
export function ToAntigen() {
  const a = useApp(), [list] = useOwing()
  return list?.rows.length ? <button type="button" id="to-antigen" onClick={() => a.go('antigen')}>{t('antigen.doors', { n: list.rows.length })}</button> : null
}

export function Antigen() {
  const [list, load] = useOwing(), a = useApp()
  return (
    <Titled title={t('antigen.title')} back={a.can('tell_site') ? 'site' : 'knock'}>
      {list && !list.fresh && <p class="hint">{t('app.offlineNow', { time: clock(list.at) })}</p>}
      <p class="hint">{list ? (list.rows.length ? t('antigen.lead') : t('antigen.none')) : t('app.loading')}</p>
      <Said />
      <ul class="rows">{list?.rows.map((row) => (
        <li key={row.slot}>
          <b>{[row.building && t('home.building', { n: row.building }), row.unit && t('home.unit', { n: row.unit }), row.door].filter(Boolean).join(' · ')}</b>{' '}
          <span>{row.name_masked} {row.people > 1 && t('antigen.people', { n: row.people })}</span>
          <span class="chip due">{t('antigen.kits', { n: row.kits })}</span> <Call slot={row.slot} why="antigen" />
        </li>))}
      </ul>
      <button type="button" onClick={load}>{t('app.refresh')}</button>
    </Titled>
  )
}
