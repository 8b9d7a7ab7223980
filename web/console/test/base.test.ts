import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatClock, formatDue, formatPeriod, formatRelative, formatSpan, formatTime, fromLocalField, parseTime, startOfDay, toIso, toLocalField } from '../src/base/time'
import { clockStateOf, compareWorstFirst } from '../src/base/clockState'
import { formatCount, formatDelta, formatRate } from '../src/base/numbers'
import { readFilters, toQueryString, writeFilters } from '../src/base/filters'
import { newIdempotencyKey } from '../src/base/idempotency'
import { classEdges } from '../src/base/classes'
import { bodyOf, controlOf, faultOf } from '../src/components/fields'

// Every browser has it; Node only from 20 on.
if (!('crypto' in globalThis)) Object.defineProperty(globalThis, 'crypto', { value: webcrypto })

const zone = 480
const noon = Date.parse('2022-03-14T12:05:30+08:00')

describe('time', () => {
  it('prints in the zone of the outbreak, whatever the zone of this computer', () => {
    expect(formatTime(noon, zone)).toBe('03-14 12:05')
    expect(formatTime(noon, zone, true)).toBe('2022-03-14 12:05')
    expect(formatClock(noon, zone)).toBe('2022-03-14 12:05:30')
    expect(formatTime(noon, -210)).toBe('03-14 00:35')
    expect(formatTime(null, zone)).toBe('—')
  })
  it('crosses midnight and the year by the zone', () => {
    expect(formatTime(Date.parse('2021-12-31T16:00:00Z'), zone, true)).toBe('2022-01-01 00:00')
    expect(startOfDay(Date.parse('2022-03-13T16:00:00Z'), zone)).toBe(Date.parse('2022-03-14T00:00:00+08:00'))
  })
  it('reads and writes the same moment', () => {
    expect(toIso(noon, zone)).toBe('2022-03-14T12:05:30+08:00')
    expect(parseTime(toIso(noon, zone))).toBe(noon)
    expect(fromLocalField(toLocalField(noon, zone), zone)).toBe(noon - 30000)
    expect(toIso(noon, -210).slice(-6)).toBe('-03:30')
    for (const bad of ['', 'yesterday', '2022-03-14', '2022-03-14T12', '12:05']) expect(fromLocalField(bad, zone)).toBeNull()
  })
  it('says how late or how long still, in two units at most', () => {
    expect(formatDue(noon - 130 * 60000, noon, 'zh')).toBe('迟 2 小时 10 分')
    expect(formatDue(noon - 130 * 60000, noon, 'en')).toBe('2 h 10 min late')
    expect(formatDue(noon + 40 * 60000, noon, 'zh')).toBe('剩 40 分')
    expect(formatDue(noon, noon, 'en')).toBe('0 min left')
    expect(formatSpan(26 * 3600000 + 59 * 60000, 'en')).toBe('1 d 2 h')
    expect(formatSpan(59999, 'en')).toBe('0 min')
    expect(formatRelative(noon - 3600000, noon, 'zh')).toBe('1 小时前')
    expect(formatRelative(noon + 3600000, noon, 'en')).toBe('in 1 h')
  })
})

it('says lengths of time as people do', () => {
  expect(formatPeriod('PT2H', 'zh')).toBe('2 小时')
  expect(formatPeriod('P1DT30M', 'en')).toBe('1 d 30 min')
  for (const other of ['P', '10', 'once']) expect(formatPeriod(other, 'zh')).toBe(other)
})

describe('clock state', () => {
  const duty = { opened: '2022-03-14T10:00:00+08:00', due: '2022-03-14T14:00:00+08:00' }
  const at = (text: string) => Date.parse(`2022-03-14T${text}:00+08:00`)
  it('goes from ample to due soon to overdue to escalated', () => {
    expect(clockStateOf(duty, at('13:00'))).toBe('ample')
    expect(clockStateOf(duty, at('13:01'))).toBe('due_soon')
    expect(clockStateOf(duty, at('13:59'))).toBe('due_soon')
    expect(clockStateOf(duty, at('14:00'))).toBe('overdue')
    expect(clockStateOf({ ...duty, escalation: 1 }, at('14:01'))).toBe('escalated')
    expect(clockStateOf({ ...duty, escalation: 1 }, at('11:00'))).toBe('escalated')
  })
  it('is closed when it is closed, however late', () => {
    expect(clockStateOf({ ...duty, state: 'closed', escalation: 2 }, at('20:00'))).toBe('closed')
    expect(clockStateOf({ ...duty, state: 'cancelled' }, at('20:00'))).toBe('closed')
  })
  it('does not invent a clock where there is none', () => {
    expect(clockStateOf({ state: 'open' }, at('12:00'))).toBe('ample')
    expect(clockStateOf({ state: 'overdue' }, at('12:00'))).toBe('overdue')
  })
  it('sorts worst first', () => {
    const now = at('15:00')
    const rows = [{ id: 'ample', opened: duty.opened, due: '2022-03-16T14:00:00+08:00' }, { id: 'late', ...duty }, { id: 'later', ...duty, due: '2022-03-14T11:00:00+08:00' }, { id: 'up', ...duty, escalation: 1 }]
    expect([...rows].sort(compareWorstFirst(now)).map((r) => r.id)).toEqual(['up', 'later', 'late', 'ample'])
  })
})

describe('numbers', () => {
  it('shows zero as 0 and unknown as a dash', () => {
    expect(formatCount(0)).toBe('0')
    expect(formatCount(null)).toBe('—')
    expect(formatCount(undefined)).toBe('—')
    expect(formatCount(24073453)).toBe('24,073,453')
    expect(formatRate(null)).toBe('—')
    expect(formatRate(0)).toBe('0.00')
    expect(formatDelta(-517)).toBe('−517')
    expect(formatDelta(41)).toBe('+41')
    expect(formatDelta(0)).toBe('±0')
  })
  it('makes growing class edges for the map', () => {
    expect(classEdges([])).toEqual([])
    expect(classEdges([null, 0, 0])).toEqual([])
    const edges = classEdges([1, 2, 3, 5, 8, 13, 21, 34, 0, null])
    expect(edges.length).toBeGreaterThan(2)
    expect([...edges].sort((a, b) => a - b)).toEqual(edges)
  })
})

describe('filters in the URL', () => {
  it('keeps known keys with a value', () => {
    expect(readFilters({ rule: 'audit_city', state: '', other: 'x', area: ['220200', '1'] }, ['rule', 'state', 'area'])).toEqual({ rule: 'audit_city', area: '220200' })
  })
  it('forgets the page cursor when a filter changes, and nothing else', () => {
    expect(writeFilters({ area: '220200', after: '100', rule: 'x' }, { rule: undefined })).toEqual({ area: '220200' })
    expect(writeFilters({ area: '220200' }, { after: '200' })).toEqual({ area: '220200', after: '200' })
  })
  it('writes equal filters as equal links, escaped', () => {
    expect(toQueryString({ b: '2', a: '2022-03-14T12:00+08:00', c: null, d: '' })).toBe('?a=2022-03-14T12%3A00%2B08%3A00&b=2')
    expect(toQueryString({})).toBe('')
  })
})

describe('commands', () => {
  it('makes idempotency keys of 32 hex digits that begin with the time', () => {
    const early = newIdempotencyKey(1000), late = newIdempotencyKey(2000)
    expect(early).toMatch(/^[0-9a-f]{32}$/)
    expect(late > early).toBe(true)
    expect(newIdempotencyKey(1000)).not.toBe(early)
  })
  it('sends numbers as numbers, times with the offset, and leaves empty fields out', () => {
    const fields = [{ name: 'case', type: 'ref' }, { name: 'occurred', type: 'time' }, { name: 'note', type: 'sealed' }, { name: 'level', type: 'enum', choices: [{ value: 'county', zh: '', en: '' }] }, { name: 'members', type: 'list', fields: [{ name: 'person', type: 'person' }] }]
    expect(bodyOf(fields, { case: '42', occurred: '2022-03-14T12:05', note: '', level: 'county', members: [{ person: '7' }] }, zone)).toEqual({ case: 42, occurred: '2022-03-14T12:05:00+08:00', level: 'county', members: [{ person: 7 }] })
  })
  it('finds what is wrong before sending', () => {
    expect(faultOf({ name: 'n', type: 'int', required: true }, '', zone)).toBe('required')
    expect(faultOf({ name: 'n', type: 'int', min: 2 }, '1', zone)).toBe('small')
    expect(faultOf({ name: 'n', type: 'int' }, 'x', zone)).toBe('number')
    expect(faultOf({ name: 't', type: 'time' }, 'soon', zone)).toBe('time')
    expect(faultOf({ name: 't', type: 'text', max: 3 }, 'four', zone)).toBe('long')
    expect(faultOf({ name: 'n', type: 'int' }, '', zone)).toBeNull()
    expect(controlOf({ name: 'area', type: 'area' })).toBe('area')
  })
})
