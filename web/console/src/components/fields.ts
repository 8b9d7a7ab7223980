// From a field of the command tables to a form control, and from what was typed to what is sent.
import type { Field } from '../api/types'
import { fromLocalField, toIso } from '../base/time'

export type Control = 'choice' | 'time' | 'whole' | 'yesno' | 'list' | 'long' | 'text' | 'area' | 'secret'

export function controlOf(field: Field): Control {
  const type = field.type.toLowerCase()
  if (field.choices && field.choices.length > 0) return 'choice'
  if (/list|array|records/.test(type) || subFields(field).length > 0) return 'list'
  if (/bool/.test(type)) return 'yesno'
  if (/time|instant|_ms$|moment/.test(type) || /_ms$/.test(field.name)) return 'time'
  if (type === 'area' || type === 'unit') return 'area'
  if (/password|secret/.test(type)) return 'secret'
  if (/int|whole|number|count|seq|ref|id|u64|hundredths|person/.test(type)) return 'whole'
  if (field.multiline || /^(reason|note|text|figures|text_zh|text_en)$/.test(field.name)) return 'long'
  return 'text'
}

export function subFields(field: Field): Field[] { return field.item ?? field.fields ?? [] }

export type FormValues = Record<string, unknown>

/** The body to send: empty optional fields are left out, times carry the outbreak's offset, numbers are numbers. */
export function bodyOf(fields: Field[], values: FormValues, zoneMinutes: number): FormValues {
  const body: FormValues = {}
  for (const field of fields) {
    const raw = values[field.name]
    if (raw === undefined || raw === null || raw === '') continue
    const control = controlOf(field)
    if (control === 'area') body[field.name] = String(raw)
    else if (control === 'whole') body[field.name] = Number(raw)
    else if (control === 'time') {
      const instant = fromLocalField(String(raw), zoneMinutes)
      body[field.name] = instant === null ? raw : toIso(instant, zoneMinutes)
    } else if (control === 'list' && Array.isArray(raw)) {
      body[field.name] = (raw as FormValues[]).map((item) => bodyOf(subFields(field), item, zoneMinutes))
    } else body[field.name] = raw
  }
  return body
}

export type Fault = 'required' | 'number' | 'small' | 'large' | 'time' | 'short' | 'long'

/** What is wrong with a typed value before it is sent; the server checks everything again. */
export function faultOf(field: Field, raw: unknown, zoneMinutes: number): Fault | null {
  const empty = raw === undefined || raw === null || raw === '' || (Array.isArray(raw) && raw.length === 0)
  if (empty) return field.required ? 'required' : null
  const control = controlOf(field)
  if (control === 'whole') {
    const value = Number(raw)
    if (!Number.isFinite(value)) return 'number'
    if (field.min !== undefined && value < field.min) return 'small'
    if (field.max !== undefined && field.max > 0 && value > field.max) return 'large'
  }
  if (control === 'time' && fromLocalField(String(raw), zoneMinutes) === null) return 'time'
  if ((control === 'text' || control === 'long') && field.max && String(raw).length > field.max) return 'long'
  return null
}
