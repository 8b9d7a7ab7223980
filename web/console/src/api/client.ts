// One door to the server. Adds the CSRF header and the look-back time, keeps ETags, and turns problems into words.
import { toQueryString } from '../base/filters'
import type { Answer, CommandMeta, CommandResult, Session } from './types'

export const apiBase = '/api/v1'

export class Problem extends Error {
  constructor(
    readonly status: number, readonly code: string, readonly detailZh: string, readonly detailEn: string,
    readonly requestId: string, readonly field: string | null, readonly retryAfter: number | null
  ) { super(detailEn || code) }
}

let csrfToken = ''
let lookBack: string | null = null
let clockSink: (now: string) => void = () => undefined
let lossSink: (lost: boolean) => void = () => undefined
let expirySink: () => void = () => undefined

export function setCsrf(token: string): void { csrfToken = token }
/** While set, every query is asked as known at that time. */
export function setLookBack(time: string | null): void { lookBack = time }
export function onServerTime(sink: (now: string) => void): void { clockSink = sink }
export function onConnection(sink: (lost: boolean) => void): void { lossSink = sink }
export function onExpired(sink: () => void): void { expirySink = sink }

function newProblem(status: number, body: Record<string, unknown>, headers: Headers | null): Problem {
  const text = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : '')
  const detail = text('detail') || text('title')
  const retry = Number(headers?.get('Retry-After'))
  return new Problem(status, text('code') || String(status), text('detail_zh') || detail, text('detail_en') || detail,
    text('request_id') || headers?.get('X-Request-Id') || '', text('field') || null, Number.isFinite(retry) && retry > 0 ? retry : null)
}

const cache = new Map<string, { tag: string; body: unknown }>()
const cacheLimit = 60

async function send(path: string, init: { method?: string; body?: string; headers?: Record<string, string> }): Promise<{ body: unknown; headers: Headers }> {
  const headers: Record<string, string> = { Accept: 'application/json', ...init.headers }
  const reading = !init.method || init.method === 'GET'
  if (!reading) {
    headers['Content-Type'] = 'application/json'
    if (csrfToken) headers['X-Bihuan-CSRF'] = csrfToken
  }
  const kept = reading ? cache.get(path) : undefined
  if (kept) headers['If-None-Match'] = kept.tag
  let response: Response
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    lossSink(true)
    throw new Problem(0, 'unreachable', '连不上服务器。请检查网络；页面会自动重试。', 'The server cannot be reached. Check the network; the page tries again by itself.', '', null, null)
  }
  lossSink(false)
  if (response.status === 304 && kept) return { body: kept.body, headers: response.headers }
  const text = await response.text()
  let body: unknown = null
  try { body = text ? JSON.parse(text) : null } catch { body = null }
  if (!response.ok) {
    if (response.status === 401) expirySink()
    throw newProblem(response.status, (body ?? {}) as Record<string, unknown>, response.headers)
  }
  const tag = response.headers.get('ETag')
  if (reading && tag) {
    if (cache.size >= cacheLimit) cache.delete(cache.keys().next().value as string)
    cache.set(path, { tag, body })
  }
  return { body, headers: response.headers }
}

export type Params = Record<string, string | number | undefined | null>

export function queryPath(name: string, params: Params = {}): string {
  return `${apiBase}/queries/${name}${toQueryString(lookBack && !('at' in params) ? { ...params, at: lookBack } : params)}`
}

/** Rows of a query. A query that answers one object comes back through readOne. */
export async function readRows<Row>(name: string, params: Params = {}): Promise<Answer<Row>> {
  const { body } = await send(queryPath(name, params), {})
  const answer = body as Answer<Row>
  if (answer.now) clockSink(answer.now)
  return { ...answer, rows: answer.rows ?? [], next: answer.next ?? null }
}

export async function readOne<T>(name: string, params: Params = {}): Promise<T> {
  const { body } = await send(queryPath(name, params), {})
  const object = body as Record<string, unknown>
  const rows = object.rows
  if (typeof object.now === 'string' && name !== 'exercise') clockSink(object.now)
  return (Array.isArray(rows) && rows.length === 1 ? rows[0] : object) as T
}

export async function get<T>(path: string): Promise<T> {
  return (await send(apiBase + path, {})).body as T
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  return (await send(apiBase + path, { method: 'POST', body: JSON.stringify(body) })).body as T
}

export async function sendCommand(name: string, fields: Record<string, unknown>, key: string): Promise<CommandResult> {
  const { body } = await send(`${apiBase}/commands/${name}`, {
    method: 'POST', body: JSON.stringify(fields), headers: { 'Idempotency-Key': key }
  })
  return body as CommandResult
}

let commandList: Promise<CommandMeta[]> | null = null

/** The forms: read once from the server's own command tables. */
export function readCommands(): Promise<CommandMeta[]> {
  commandList ??= get<{ commands?: CommandMeta[]; rows?: CommandMeta[] } | CommandMeta[]>('/meta/commands')
    .then((body) => (Array.isArray(body) ? body : body.commands ?? body.rows ?? []))
    .catch((problem: unknown) => { commandList = null; throw problem })
  return commandList
}

export function forgetAll(): void { cache.clear(); commandList = null }

export const readSession = () => get<Session>('/session')
