import type { Network, Reply } from '../sync/types'

const base = '/api/v1', patience = 20000

export interface Session {
  user: number; display: string; csrf: string; must_change?: boolean; exercise: boolean; zone_minutes: number; epoch: number
  commands: string[]; queries: string[]; area: { unit: string; name_zh: string; name_en: string } | null
  roles: { role: string; title_zh: string; title_en: string; unit: string }[]
}

let csrf = ''
export function setCsrf(token: string): void { csrf = token }

/** Rejects when nobody answered. A body that is no JSON comes back as null. */
export async function ask(method: 'GET' | 'POST', path: string, body?: string, more: Record<string, string> = {}): Promise<Reply> {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), patience)
  try {
    const response = await fetch(base + path, {
      method, credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: stop.signal, ...(body !== undefined && { body }),
      headers: { Accept: 'application/json', ...(method === 'POST' && { 'Content-Type': 'application/json', ...(csrf && { 'X-Bihuan-CSRF': csrf }) }), ...more }
    })
    const text = await response.text()
    let parsed: unknown = null
    try { parsed = text ? JSON.parse(text) : null } catch { parsed = null }
    return { status: response.status, body: parsed, header: (name) => response.headers.get(name) }
  } finally {
    clearTimeout(timer)
  }
}

export const network: Network = {
  command: (name, body, key, protocol) => ask('POST', '/commands/' + name, body, { 'Idempotency-Key': key, 'X-Bihuan-Protocol': String(protocol) }),
  commands: (list, protocol) => ask('POST', '/commands', `{"commands":[${list.map((each) => `{"command":${JSON.stringify(each.command)},"key":${JSON.stringify(each.key)},"body":${each.body}}`).join(',')}]}`, { 'X-Bihuan-Protocol': String(protocol) }),
  session: (protocol) => ask('GET', '/session', undefined, { 'X-Bihuan-Protocol': String(protocol) })
}

export class Refused extends Error {
  constructor(readonly status: number, readonly zh: string, readonly en: string) { super(en) }
}
function must(reply: Reply): Record<string, unknown> {
  const body = (reply.body ?? {}) as Record<string, unknown>
  if (reply.status >= 200 && reply.status < 300 && reply.body) return body
  const text = (name: string, otherwise: string) => (typeof body[name] === 'string' ? (body[name] as string) : otherwise)
  throw new Refused(reply.status, text('detail_zh', `服务器答复 ${reply.status}`), text('detail_en', `the server answered ${reply.status}`))
}

export async function login(name: string, password: string): Promise<Session> {
  csrf = ''
  const session = must(await ask('POST', '/login', JSON.stringify({ login: name, password }), { 'X-Bihuan-Protocol': '2' })) as unknown as Session
  csrf = session.csrf
  return session
}
export async function changePassword(old: string, fresh: string): Promise<Session> {
  const session = must(await ask('POST', '/password', JSON.stringify({ old, new: fresh }), { 'X-Bihuan-Protocol': '2' })) as unknown as Session
  csrf = session.csrf
  return session
}
export async function logout(): Promise<void> { await ask('POST', '/logout', '{}').catch(() => undefined) }
export async function readSession(): Promise<Session | null> {
  const reply = await network.session(2)
  if (reply.status !== 200) return null
  const session = reply.body as Session
  csrf = session.csrf
  return session
}

export interface Page<Row> { rows: Row[]; next: string | null; now?: string }
export async function readPage<Row>(query: string, params: Record<string, string | number | undefined>): Promise<Page<Row>> {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined) text.set(name, String(value))
  const body = must(await ask('GET', `/queries/${query}?${text}`)) as unknown as Page<Row>
  return { rows: body.rows ?? [], next: body.next ?? null, ...(body.now !== undefined && { now: body.now }) }
}
/** All pages; `most` keeps a phone from taking more than it can hold. */
export async function readAll<Row>(query: string, params: Record<string, string | number | undefined>, most = 20000, step: (count: number) => void = () => undefined): Promise<{ rows: Row[]; now?: string }> {
  const rows: Row[] = []
  let after: string | undefined
  for (;;) {
    const page = await readPage<Row>(query, { ...params, limit: 200, after })
    rows.push(...page.rows)
    step(rows.length)
    if (!page.next || rows.length >= most) return { rows, ...(page.now !== undefined && { now: page.now }) }
    after = page.next
  }
}
