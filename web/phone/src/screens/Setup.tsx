import { useEffect, useState } from 'preact/hooks'
import type { Kept } from '../app'
import { Refused } from '../device/net'
import { wakeSound } from '../device/signals'
import { Choice, Field, Titled, useApp } from '../parts/parts'
import { both, clock, t } from '../texts'

interface RoundRow { round: number; number: number | null; roll: number; area_name: string | null; area_name_en: string | null; state: string; pool_size: number | null }
interface SiteChoice { site: number; name: string; area_code: string | null; area_name: string | null; area_name_en: string | null; closed: string | null; undo_minutes?: number | null }

/** Once a shift, with a network: the round, the site, and the part of the roll this phone carries. */
export function Setup() {
  const a = useApp()
  const [rounds, setRounds] = useState<(Kept<RoundRow> & { fresh: boolean }) | null>(null), [sites, setSites] = useState<SiteChoice[]>([])
  const [round, setRound] = useState(a.settings.round), [site, setSite] = useState(a.settings.site), [more, setMore] = useState<string[]>(a.settings.communities), [typed, setTyped] = useState('')
  const siteless = !a.canAsk('round_sites') // chiefs of buildings and stairs have a roll and no site
  const [progress, setProgress] = useState(''), [problem, setProblem] = useState('')
  const fail = (error: unknown) => setProblem(error instanceof Refused ? both(error.zh, error.en) : t('login.unreachable'))
  useEffect(() => {
    void a.list<RoundRow>('rounds', 'rounds', {}).then((list) => {
      const open = list.rows.filter((row) => row.state === 'sampling' || row.state === 'mop_up' || row.state === 'ordered')
      setRounds({ ...list, rows: open })
      setRound((now) => (open.some((row) => row.round === now) ? now : open[open.length - 1]?.round ?? 0))
    }, fail)
  }, [])
  useEffect(() => {
    if (!round || siteless) return
    void a.list<SiteChoice>('sites:' + round, 'round_sites', { round }).then((list) => {
      const open = list.rows.filter((row) => !row.closed)
      setSites(open)
      setSite((now) => (open.some((row) => row.site === now) ? now : open[0]?.site ?? 0))
    }, fail)
  }, [round])
  const chosen = rounds?.rows.find((row) => row.round === round), place = sites.find((row) => row.site === site)
  const own = siteless && !more.length ? a.session?.area?.unit : place?.area_code, communities = [...new Set([...(own ? [own] : []), ...more])]
  const start = async (event: Event) => {
    event.preventDefault()
    if (!chosen || !(place || siteless)) return
    wakeSound()
    setProblem('')
    a.screen = 'setup' // nobody samples before the roll is here
    try {
      await a.set({ round, site: place?.site ?? 0, roll: chosen.roll, poolSize: chosen.pool_size ?? 10, undoMinutes: place?.undo_minutes === undefined ? 0 : place.undo_minutes, roundNumber: chosen.number ?? 0, placeZh: chosen.area_name ?? '', placeEn: chosen.area_name_en ?? '', siteName: place?.name ?? both(a.session?.area?.name_zh, a.session?.area?.name_en) })
      const count = await a.loadRoll(communities, (n) => setProgress(t('setup.loaded', { n })))
      setProgress(t('setup.loaded', { n: count }))
      a.go('sample')
    } catch (error) { fail(error) }
  }
  return (
    <Titled title={t('setup.title')}>
      {problem && <p class="wrong-text" role="alert">{problem}</p>}
      {rounds && !rounds.fresh && <p class="hint">{t('app.offlineNow', { time: clock(rounds.at) })}</p>}
      {rounds && !rounds.rows.length && <p class="empty">{t('setup.noRound')}</p>}
      <form onSubmit={(event) => void start(event)}>
        {rounds && rounds.rows.length > 0 && <Choice id="round" label={t('setup.round')} value={String(round)} options={rounds.rows.map((row) => [String(row.round), t('setup.roundLine', { n: row.number ?? row.round, area: both(row.area_name ?? undefined, row.area_name_en ?? undefined) })])} set={(value) => setRound(Number(value))} />}
        {round > 0 && !siteless && (sites.length ? <Choice id="site" label={t('setup.site')} value={String(site)} options={sites.map((row) => [String(row.site), row.name])} set={(value) => setSite(Number(value))} /> : <p class="empty">{t('setup.noSite')}</p>)}
        {communities.length > 0 && <><h2>{t('setup.communities')}</h2><ul class="rows short">{communities.map((code) => <li key={code}><span>{code === place?.area_code ? both(place.area_name ?? undefined, place.area_name_en ?? undefined) : code === a.session?.area?.unit ? both(a.session.area.name_zh, a.session.area.name_en) : code}</span>{more.includes(code) && <button type="button" onClick={() => setMore(more.filter((each) => each !== code))}>✕<span class="hidden-text">{code}</span></button>}</li>)}</ul></>}
        <div class="pair"><Field id="community" label={t('setup.addCommunity')} value={typed} set={setTyped} max={20} /><button type="button" disabled={!typed.trim()} onClick={() => { setMore([...more, typed.trim()]); setTyped('') }}>{t('setup.add')}</button></div>
        <p class="hint" role="status">{progress}</p>
        <button type="submit" class="main" id="load" disabled={!chosen || !(place || siteless)}>{t('setup.load')}</button>
      </form>
      {a.tube.people.size > 0 && a.settings.round > 0 && <button type="button" onClick={() => a.go('sample')}>{t('setup.fromPhone', { n: a.tube.people.size })}</button>}
      {a.can('pick_up_box') && <button type="button" onClick={() => a.go('carry')}>{t('setup.without')}</button>}
    </Titled>
  )
}
