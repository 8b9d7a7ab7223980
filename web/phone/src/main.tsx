import { render } from 'preact'
import { app } from './app'
import { Bar, useApp } from './parts/parts'
import { Antigen } from './screens/Antigen'
import { Carry } from './screens/Carry'
import { Doors } from './screens/Doors'
import { Login } from './screens/Login'
import { More } from './screens/More'
import { Out } from './screens/Out'
import { Quick } from './screens/Quick'
import { Sample } from './screens/Sample'
import { Seal } from './screens/Seal'
import { Setup } from './screens/Setup'
import { Knock, Site } from './screens/Site'
import { t } from './texts'
import './styles.css'

const screens = { sample: Sample, quick: Quick, doors: Doors, seal: Seal, out: Out, carry: Carry, site: Site, knock: Knock, antigen: Antigen, more: More, setup: Setup }

function tabs(): ['sample' | 'doors' | 'seal' | 'carry' | 'site' | 'knock' | 'more', string][] {
  const list: ['sample' | 'doors' | 'seal' | 'carry' | 'site' | 'knock' | 'more', string][] = []
  if (app.can('sample_tube')) list.push(['sample', '◎'], ['doors', '▦'])
  if (app.can('seal_box')) list.push(['seal', '▣'])
  if (app.can('pick_up_box')) list.push(['carry', '➜'])
  if (app.can('tell_site')) list.push(['site', '⚑'])
  else if (app.can('record_missed')) list.push(['knock', '☰'])
  return [...list.slice(0, 5), ['more', '⋯']]
}

function Page() {
  const a = useApp()
  if (a.elsewhere) return <main id="main"><h1>{t('app.elsewhere')}</h1><p>{t('app.elsewhereHint')}</p><button type="button" class="main" onClick={() => void own(true)}>{t('app.takeOver')}</button></main>
  if (!a.session) return <><Bar /><Login /></>
  const list = tabs()
  const asked = a.screen in screens ? (a.screen as keyof typeof screens) : 'sample', known = asked === 'sample' && !a.can('sample_tube') ? (list[0]?.[0] ?? 'more') : asked
  const needsRound = !a.settings.round && !['carry', 'out', 'more', 'setup'].includes(known)
  const Screen = a.sender.login && known === 'setup' ? Login : needsRound ? Setup : screens[known]
  return (
    <>
      {a.session.exercise && <p class="exercise">{t('app.exercise')}</p>}
      <Bar />
      <Screen />
      {a.newVersion && !a.tube.count && known !== 'sample' && <p class="update">{t('app.update')} <button type="button" onClick={() => a.newVersion?.()}>{t('app.updateNow')}</button></p>}
      <nav aria-label={t('tab.label')}>{list.map(([name, sign]) => <button type="button" key={name} id={'tab-' + name} aria-current={known === name ? 'page' : undefined} onClick={() => a.go(name)}><span aria-hidden="true">{sign}</span>{t(('tab.' + name) as 'tab.sample')}</button>)}</nav>
    </>
  )
}

/** One tab works, the others wait: two of them would fill two tubes at once. */
async function own(steal: boolean): Promise<void> {
  if (!navigator.locks) return
  await new Promise<void>((ready) => {
    void navigator.locks.request('bihuan-phone', steal ? { steal: true } : { ifAvailable: true }, (lock) => {
      app.elsewhere = lock === null
      if (steal && lock) location.reload()
      app.changed()
      ready()
      return lock ? new Promise<void>(() => undefined) : undefined // held until the tab closes
    }).catch(() => { app.elsewhere = true; app.sender?.stop(); app.changed() })
  })
}

const updateEvery = 3600000
async function keepForOffline(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const kept = await navigator.serviceWorker.register('/phone/worker.js', { scope: '/phone/' })
  const had = navigator.serviceWorker.controller !== null
  const offer = (worker: ServiceWorker | null) => { if (worker && had) { app.newVersion = () => worker.postMessage('take over'); app.changed() } }
  offer(kept.waiting)
  kept.addEventListener('updatefound', () => { const fresh = kept.installing; fresh?.addEventListener('statechange', () => { if (fresh.state === 'installed') offer(fresh) }) })
  // A phone that nobody closes for a shift asks by itself, when it is looked at.
  let asked = Date.now()
  addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && Date.now() - asked > updateEvery) { asked = Date.now(); void kept.update().catch(() => undefined) } })
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (had && app.newVersion) location.reload() })
}

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  app.install = () => { void (event as Event & { prompt(): Promise<void> }).prompt(); app.install = null; app.changed() }
  app.changed()
})

async function begin(): Promise<void> {
  // What the service worker keeps, and what the camera's decoder may do, holds below /phone/ only.
  if (!location.pathname.startsWith('/phone/')) { location.replace('/phone/'); return }
  await own(false)
  if (app.elsewhere) { render(<Page />, document.getElementById('page') as HTMLElement); return }
  await app.open()
  render(<Page />, document.getElementById('page') as HTMLElement)
  document.documentElement.dataset.ready = 'yes'
  await keepForOffline()
}
void begin()
