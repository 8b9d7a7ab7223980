// Bodies may name a value that only the answer of an earlier record brings (the number of a tube that is to be undone).
import type { Body, Later } from './types'

export function later(key: string, field: string): Later { return { $from: key, field } }

function isLater(value: unknown): value is Later { return typeof value === 'object' && value !== null && typeof (value as Later).$from === 'string' }

export function namedKeys(value: unknown): string[] {
  if (isLater(value)) return [value.$from]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(namedKeys)
}

/** The body with those values put in that are known; the others stay named. */
export function resolveKnown(body: Body, find: (wanted: Later) => unknown): Body { return resolve(body, (wanted) => find(wanted) ?? wanted) ?? body }

/** The body with all such values put in. `find` gives undefined while one is unknown; then so is the body. */
export function resolve(body: Body, find: (wanted: Later) => unknown): Body | undefined {
  let missing = false
  const walk = (value: unknown): unknown => {
    if (isLater(value)) {
      const found = find(value)
      if (found === undefined) missing = true
      return found
    }
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]))
  }
  const result = walk(body) as Body
  return missing ? undefined : result
}

/** Whole numbers beyond 2^53 travel as "$int:DIGITS" inside the page and as numbers outside. */
export function toJson(body: Body): string { return JSON.stringify(body).replace(/"\$int:(\d{1,19})"/g, '$1') }
