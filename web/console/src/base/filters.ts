// Filters live in the URL: what you see is what the link shows to a colleague.

export type Filters = Record<string, string>

/** Keeps the known keys that have a value. Arrays (a key given twice) keep their first value. */
export function readFilters(query: Record<string, unknown>, keys: readonly string[]): Filters {
  const found: Filters = {}
  for (const key of keys) {
    const raw = query[key]
    const value = Array.isArray(raw) ? raw[0] : raw
    if (typeof value === 'string' && value !== '') found[key] = value
  }
  return found
}

/** The query after a change: empty values leave, other keys stay, and a changed filter forgets the page cursor. */
export function writeFilters(query: Record<string, unknown>, change: Record<string, string | undefined>): Filters {
  const next: Filters = {}
  for (const [key, raw] of Object.entries({ ...query, ...change })) {
    const value = Array.isArray(raw) ? raw[0] : raw
    if (typeof value === 'string' && value !== '') next[key] = value
  }
  if (!('after' in change)) delete next.after
  return next
}

/** Query string with keys in fixed order, so that equal filters give equal links. */
export function toQueryString(filters: Record<string, string | number | undefined | null>): string {
  const parts: string[] = []
  for (const key of Object.keys(filters).sort()) {
    const value = filters[key]
    if (value !== undefined && value !== null && value !== '') {
      parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    }
  }
  return parts.length ? '?' + parts.join('&') : ''
}

/** The filter of the case list that shows the people behind a bulletin's figure. The measure says what was
 *  counted in the window; status and conversion say it again for a server that knows only the register of cases. */
export function caseFilter(measure: string, window: { from: string; to: string }): Filters {
  const filter: Filters = { measure, from: window.from, to: window.to }
  if (measure === 'converted') filter.converted = '1'
  else filter.status = measure.startsWith('asymptomatic') ? 'asymptomatic' : 'confirmed'
  return filter
}
