import { describe, expect, it } from 'vitest'
import { chartPoints } from '../src/base/sampleDays'
import { qrShape } from '../src/base/qr'
import { clockStateOf } from '../src/base/clockState'

const at = (day: number, hour = 0) => `2022-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00+08:00`
const row = (day: number | null, confirmed: number, asymptomatic: number) => ({ day: day === null ? null : at(day), confirmed_reported: 0, asymptomatic_reported: 0, confirmed_sampled: confirmed, asymptomatic_sampled: asymptomatic })

describe('chart of the bulletins', () => {
  it('puts samples beside the window of their day, and those taken earlier before the first', () => {
    const points = chartPoints([{ from: at(12), to: at(13), confirmed_new: 10, asymptomatic_new: 4 }, { from: at(13), to: at(14), confirmed_new: 0, asymptomatic_new: null }], [row(11, 6, 1), row(12, 4, 3), row(null, 9, 9)], 480)
    expect(points.map((p) => [p.first, p.firstSampled, p.secondSampled])).toEqual([[null, 6, 1], [10, 4, 3], [0, 0, 0]])
    expect(points[2]?.second).toBeNull()
  })
  it('draws no line through part of a day, nor before the server has answered', () => {
    expect(chartPoints([{ from: at(12), to: at(12, 12), confirmed_new: 3, asymptomatic_new: 1 }], [row(12, 5, 5)], 480)[0]?.firstSampled).toBeNull()
    expect(chartPoints([{ from: at(12), to: at(13), confirmed_new: 3, asymptomatic_new: 1 }], null, 480)[0]?.firstSampled).toBeNull()
  })
  it('adds up the windows of one day, and has no line where they leave a gap', () => {
    const part = (from: number, to: number, n: number) => ({ from: at(12, from), to: to === 24 ? at(13) : at(12, to), confirmed_new: n, asymptomatic_new: n })
    expect(chartPoints([part(0, 9, 3), part(9, 24, 4)], [row(12, 6, 5)], 480)).toEqual([{ start: Date.parse(at(12)), first: 7, second: 7, firstSampled: 6, secondSampled: 5 }])
    expect(chartPoints([part(0, 9, 3), part(10, 24, 4)], [row(12, 6, 5)], 480)[0]?.firstSampled).toBeNull()
  })
  it('adds the days of a longer window', () => {
    expect(chartPoints([{ from: at(11), to: at(13), confirmed_new: 3, asymptomatic_new: 1 }], [row(11, 2, 0), row(12, 3, 1)], 480)[0]?.firstSampled).toBe(5)
  })
})

describe('code of a printed bulletin', () => {
  const text = `BIHUAN-BULLETIN/1 220000 ${at(13)} ${at(14)} v1 @302085 sha256:${'0123456789abcdef'.repeat(4)}`
  it('is a square symbol with its quiet zone, the same each time', () => {
    const shape = qrShape(text)
    expect((shape.size - 8 - 17) % 4).toBe(0)
    expect(shape.size).toBeLessThanOrEqual(65 + 8) // version 12 at most: readable at 34 mm
    expect(qrShape(text)).toEqual(shape)
    expect(shape.path.startsWith('M4 4h7v1h-7z')).toBe(true) // the finder begins after four quiet modules
    expect(qrShape(text + '0').path).not.toBe(shape.path)
  })
})

describe('clock state', () => {
  it('counts from the start of the clock, not from the opening, as the server does', () => {
    const duty = { state: 'open', opened: at(12), start: at(12, 8), due: at(12, 12) }
    expect(clockStateOf(duty, Date.parse(at(12, 11)))).toBe('ample') // a quarter exactly
    expect(clockStateOf(duty, Date.parse(at(12, 11)) + 1)).toBe('due_soon')
  })
})
