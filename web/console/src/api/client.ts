// One door to the server. Adds the CSRF header and the look-back time, keeps ETags, and turns problems into words.
import { toQueryString } from '../base/filters'
import type { Answer, CommandMeta, CommandResult, EventMeta, Session } from './types'

export const apiBase = '/api/v1'

export class Problem extends Error {
  constructor(
    readonly status: number, readonly code: string, readonly detailZh: string, readonly detailEn: string,
    readonly requestId: string, readonly field: string | null, readonly retryAfter: number | null
  ) { super(detailEn || code) }
}

let csrfToken = ''
let lookBack: string | null = null
let language = 'zh'
/** Parameters that each query declares. The server refuses what it does not know, so only these are sent. */
let declared: Map<string, Set<string>> | null = null
let clockSink: (now: string) => void = () => undefined
let lossSink: (lost: boolean) => void = () => undefined
let loadSink: (level: number) => void = () => undefined
let expirySink: () => void = () => undefined

export function setCsrf(token: string): void { csrfToken = token }
/** While set, every query is asked as known at that time. */
export function setLookBack(time: string | null): void { lookBack = time }
export function setLanguage(chosen: string): void { language = chosen }
export function onServerTime(sink: (now: string) => void): void { clockSink = sink }
export function onConnection(sink: (lost: boolean) => void): void { lossSink = sink }
/** How near the server is to its limit, 0 to 3, as it says with every answer. */
export function onLoad(sink: (level: number) => void): void { loadSink = sink }
export function onExpired(sink: () => void): void { expirySink = sink }

function newProblem(status: number, body: Record<string, unknown>, headers: Headers | null): Problem {
  const text = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : '')
  const detail = text('detail') || text('title')
  const retry = Number(headers?.get('Retry-After'))
  return new Problem(status, text('code') || String(status), text('detail_zh') || detail, text('detail_en') || detail,
    text('request_id') || headers?.get('X-Request-Id') || '', text('field') || null, Number.isFinite(retry) && retry > 0 ? retry : null)
}

const unreachable = () => new Problem(0, 'unreachable', '连不上服务器。请检查网络；页面会自动重试。', 'The server cannot be reached. Check the network; the page tries again by itself.', '', null, null)

const cache = new Map<string, { tag: string; body: unknown }>()
const cacheLimit = 60

async function send(path: string, init: { method?: string; body?: string | File; headers?: Record<string, string> }): Promise<{ body: unknown; headers: Headers }> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language, ...init.headers }
  const reading = !init.method || init.method === 'GET'
  if (!reading) {
    headers['Content-Type'] = typeof init.body === 'object' ? init.body.type || 'text/csv' : 'application/json'
    if (csrfToken) headers['X-Bihuan-CSRF'] = csrfToken
  }
  const kept = reading ? cache.get(path) : undefined
  if (kept) headers['If-None-Match'] = kept.tag
  let response: Response
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    lossSink(true)
    throw unreachable()
  }
  lossSink(false)
  loadSink(Number(response.headers.get('X-Bihuan-Load') ?? 0))
  // The kept rows still hold, but the clock has moved on.
  if (response.status === 304 && kept) return { body: { ...(kept.body as object), now: undefined }, headers: response.headers }
  const text = await response.text()
  let body: unknown = null
  try { body = text ? JSON.parse(text) : null } catch { body = null }
  if (!response.ok) {
    if (response.status === 401) expirySink()
    const faults = (body as { errors?: unknown } | null)?.errors
    if (response.status === 422 && Array.isArray(faults)) throw new FileFaults(faults)
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
  const all: Params = lookBack && !('at' in params) ? { ...params, at: lookBack } : { ...params }
  if (all.format === 'csv') all.lang = language
  const known = declared?.get(name)
  for (const key of Object.keys(all)) if (known && !known.has(key) && key !== 'format' && key !== 'lang') delete all[key]
  return `${apiBase}/queries/${name}${toQueryString(all)}`
}

export interface Exported { file: Blob; rows: number | null; cut: boolean }

/** Where a list is written out whole: neither page nor number of rows. */
export const exportPath = (name: string, params: Params) => queryPath(name, { ...params, limit: undefined, after: undefined, format: 'csv' })

/** A list as CSV: all of what the filters give, not the page that is shown. The server cuts at its limit, and says so. */
export async function exportRows(name: string, params: Params): Promise<Exported> {
  let response: Response
  try {
    response = await fetch(exportPath(name, params), { headers: { 'Accept-Language': language }, credentials: 'same-origin', cache: 'no-store' })
  } catch { throw unreachable() }
  if (!response.ok) {
    if (response.status === 401) expirySink()
    throw newProblem(response.status, (await response.json().catch(() => ({}))) as Record<string, unknown>, response.headers)
  }
  const told = response.headers.get('X-Bihuan-Rows')
  return { file: await response.blob(), rows: told ? parseInt(told, 10) : null, cut: told?.endsWith('cut') ?? false }
}

/** Whether a query can answer as of an earlier moment. */
export const remembers = (name: string): boolean => declared?.get(name)?.has('at') ?? true

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

/** A file that was refused, with each place that does not fit. */
export class FileFaults extends Error {
  constructor(readonly faults: { row: number; column?: string; detail_zh?: string; detail_en?: string }[]) { super('the file has faults') }
}

/** A file, sent as it is, with the key of this one act. */
export async function postFile<T>(path: string, file: File, params: Params, key: string): Promise<T> {
  const { body } = await send(`${apiBase}${path}${toQueryString(params)}`, { method: 'POST', body: file, headers: { 'Idempotency-Key': key } })
  return body as T
}

export const importFile = <T>(command: string, file: File, params: Params, key: string) => postFile<T>(`/import/${command}`, file, params, key)

let commandList: Promise<CommandMeta[]> | null = null

/** The forms: read once from the server's own command tables. */
export function readCommands(): Promise<CommandMeta[]> {
  commandList ??= get<{ commands?: CommandMeta[]; rows?: CommandMeta[] } | CommandMeta[]>('/meta/commands')
    .then((body) => (Array.isArray(body) ? body : body.commands ?? body.rows ?? []))
    .catch((problem: unknown) => { commandList = null; throw problem })
  return commandList
}

export async function learnQueries(): Promise<void> {
  if (declared) return
  const body = await get<{ queries?: { name: string; fields?: { name: string }[] }[] }>('/meta/queries')
  declared = new Map((body.queries ?? []).map((query) => [query.name, new Set((query.fields ?? []).map((field) => field.name))]))
}

let eventList: Promise<Map<string, EventMeta>> | null = null

/** Kinds of facts with their fields, so that a timeline speaks the reader's language. */
export function readEvents(): Promise<Map<string, EventMeta>> {
  eventList ??= get<{ events?: EventMeta[] }>('/meta/events')
    .then((body) => new Map((body.events ?? []).map((event) => [event.name, event])))
    .catch((problem: unknown) => { eventList = null; throw problem })
  return eventList
}

export function forgetAll(): void { cache.clear(); commandList = null; eventList = null; declared = null }

export const readSession = () => get<Session>('/session')
