// Stable routes. Area, look-back time and filters are query parameters, so a link shows a colleague the same thing.
import { createRouter, createWebHistory } from 'vue-router'
import { fromLocalField, parseTime } from './base/time'
import { learnQueries, setLookBack } from './api/client'
import { clock } from './state/clock'
import { railEntries } from './navigation'
import { may, recall, store, zone } from './state/session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/first-run', name: 'first-run', component: () => import('./screens/FirstRun.vue'), meta: { open: true } },
    { path: '/login', name: 'login', component: () => import('./screens/Login.vue'), meta: { open: true } },
    { path: '/', name: 'home', component: () => import('./screens/Home.vue') },
    { path: '/board', name: 'board', component: () => import('./screens/Board.vue') },
    { path: '/loops', name: 'loops', component: () => import('./screens/Loops.vue') },
    { path: '/cases', name: 'cases', component: () => import('./screens/Cases.vue') },
    { path: '/case/:id(\\d+)', name: 'case', component: () => import('./screens/CasePage.vue') },
    { path: '/positives', name: 'positives', component: () => import('./screens/Positives.vue') },
    { path: '/bulletins', name: 'bulletins', component: () => import('./screens/Bulletins.vue') },
    { path: '/bulletin/:area/:from', name: 'bulletin', component: () => import('./screens/BulletinDesk.vue') },
    { path: '/verify', name: 'verify', component: () => import('./screens/Verify.vue') },
    { path: '/map', name: 'map', component: () => import('./screens/MapScreen.vue') },
    { path: '/wall', name: 'wall', component: () => import('./screens/Wall.vue'), meta: { bare: true } },
    { path: '/rounds', name: 'rounds', component: () => import('./screens/round/Rounds.vue') },
    { path: '/rounds/order', name: 'round-order', component: () => import('./screens/round/RoundOrder.vue') },
    { path: '/round/:id(\\d+)', name: 'round', component: () => import('./screens/round/RoundBoard.vue') },
    { path: '/sites', name: 'sites', component: () => import('./screens/round/Sites.vue') },
    { path: '/antigen', name: 'antigen', component: () => import('./screens/round/Antigen.vue') },
    { path: '/doors', name: 'doors', component: () => import('./screens/round/Doors.vue') },
    { path: '/rolls', name: 'rolls', component: () => import('./screens/round/Rolls.vue') },
    { path: '/laboratory', name: 'laboratory', component: () => import('./screens/round/Laboratory.vue') },
    { path: '/box/:id(\\d+)', name: 'box', component: () => import('./screens/round/Box.vue') },
    { path: '/plate/new', name: 'plate-new', component: () => import('./screens/round/PlateNew.vue') },
    { path: '/plate/:id(\\d+)', name: 'plate', component: () => import('./screens/round/Plate.vue') },
    { path: '/people', name: 'people', component: () => import('./screens/People.vue') },
    { path: '/plans', name: 'plans', component: () => import('./screens/Plans.vue') },
    { path: '/messages', name: 'messages', component: () => import('./screens/Messages.vue') },
    { path: '/password', name: 'password', component: () => import('./screens/Password.vue') },
    { path: '/audit', name: 'audit', component: () => import('./screens/Audit.vue') },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./screens/Nowhere.vue') }
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 }
})

router.beforeEach(async (to, from) => {
  if (to.meta.open) return true
  try { await recall() } catch { /* the server is away: the frame says so and asks again */ }
  if (store.session) await learnQueries().catch(() => undefined)
  if (store.session?.must_change && to.name !== 'password') return { path: '/password' }
  if (!store.session) return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  // Whoever owns no duties (the administrators) begins at the first page of his rail.
  const first = railEntries()[0]
  if (to.path === '/' && !may('loops') && first && first.path !== '/') return { path: first.path, replace: true }
  // Area and look-back time go along from screen to screen unless the link says otherwise.
  if (from.name && from.path !== to.path) {
    const carried: Record<string, string> = {}
    for (const key of ['area', 'at']) {
      if (!(key in to.query) && typeof from.query[key] === 'string') carried[key] = from.query[key] as string
    }
    if (Object.keys(carried).length) return { path: to.path, query: { ...carried, ...to.query }, hash: to.hash, replace: true }
  }
  const at = typeof to.query.at === 'string' ? to.query.at : ''
  const moment = at ? parseTime(at.replace(' ', '+')) ?? fromLocalField(at, zone()) : null
  clock.lookBack = moment
  clock.blind = false
  setLookBack(moment === null ? null : at.replace(' ', '+'))
  return true
})
