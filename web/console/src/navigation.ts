// The left rail by role: at most seven entries, the ones this role's day is made of. All others are behind "all screens".
import { may, store } from './state/session'

export interface Entry { name: string; path: string; query: string | null }

export const screens: Entry[] = [
  { name: 'home', path: '/', query: 'loops' },
  { name: 'board', path: '/board', query: 'board' },
  { name: 'loops', path: '/loops', query: 'loops' },
  { name: 'rounds', path: '/rounds', query: 'rounds' },
  { name: 'sites', path: '/sites', query: 'round_sites' },
  { name: 'laboratory', path: '/laboratory', query: 'boxes' },
  { name: 'rolls', path: '/rolls', query: 'rolls' },
  { name: 'doors', path: '/doors', query: 'round_coverage' },
  { name: 'antigen', path: '/antigen', query: 'antigen_tests' },
  { name: 'positives', path: '/positives', query: 'positives' },
  { name: 'bulletins', path: '/bulletins', query: 'bulletins' },
  { name: 'verify', path: '/verify', query: 'verify_bulletin' },
  { name: 'map', path: '/map', query: 'board' },
  { name: 'wall', path: '/wall', query: 'board' },
  { name: 'messages', path: '/messages', query: 'messages' },
  { name: 'people', path: '/people', query: 'posts' },
  { name: 'plans', path: '/plans', query: 'plan_rules' },
  { name: 'audit', path: '/audit', query: 'audit' }
]

const orders: { roles: RegExp; names: string[] }[] = [
  { roles: /^audit_admin$/, names: ['audit', 'people', 'plans', 'home'] },
  { roles: /^(system_admin|security_admin)$/, names: ['home', 'people', 'plans', 'audit', 'board', 'bulletins', 'map'] },
  { roles: /headquarters$|^health_commission$|^supervisor$|^observer$|^bulletin_signer$/, names: ['home', 'board', 'rounds', 'loops', 'positives', 'bulletins', 'wall'] },
  { roles: /^(site_leader|sampler|grid_chief|building_chief|unit_chief)$/, names: ['home', 'sites', 'doors', 'rounds', 'loops', 'board', 'map'] },
  { roles: /^(testing_lab|courier)$/, names: ['home', 'laboratory', 'rounds', 'loops', 'board', 'map'] },
  { roles: /^subdistrict$/, names: ['home', 'doors', 'sites', 'rounds', 'rolls', 'messages', 'loops'] },
  { roles: /^(transfer_team|community_sampling_team|.*_chief|contracting_leader|first_responsible)$/, names: ['home', 'loops', 'rounds', 'board', 'map'] },
  { roles: /./, names: ['home', 'loops', 'positives', 'board', 'bulletins', 'map', 'plans'] }
]
const railLimit = 7

export function allowedScreens(): Entry[] {
  return screens.filter((entry) => entry.query === null || may(entry.query) || (entry.name === 'people' && (may('users') || may('roles'))) || (entry.name === 'plans' && may('plans')))
}

export function railEntries(): Entry[] {
  const held = (store.session?.roles ?? []).map((grant) => grant.role)
  const wanted: string[] = []
  for (const order of orders) {
    if (held.some((role) => order.roles.test(role))) for (const name of order.names) if (!wanted.includes(name)) wanted.push(name)
  }
  const allowed = allowedScreens()
  const entries = wanted.map((name) => allowed.find((entry) => entry.name === name)).filter((entry): entry is Entry => !!entry)
  return (entries.length ? entries : allowed).slice(0, railLimit)
}
