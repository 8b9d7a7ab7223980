// What a label says: a tube or box, a resident, a household, a document number. Wrong check digits are found here, offline.
export type Scan =
  | { kind: 'label'; code: string } // a tube or a box; which one, the screen knows
  | { kind: 'resident'; roll: number; slot: number }
  | { kind: 'household'; roll: number; slot: number; count: number }
  | { kind: 'document'; number: string }
  | ({ kind: 'handover' } & HandOver)
  | { kind: 'bundle'; text: string } // a picture of unsent records of another phone
  | { kind: 'wrong'; text: string } // a check digit does not fit, or nothing we know

/** The laboratory's side of a receipt, as its screen shows it (web/console/src/base/handOver.ts). */
export interface HandOver { box: number; code: string; laboratory: number; counted: number; tenths?: number; missing: string[]; damaged: { code: string; reason: string }[]; receiver: string }
/** In the order of that code. */
export const damageReasons = ['leak', 'empty', 'no_label', 'too_old', 'wrong_count', 'other']

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** ISO 7064 MOD 37,36 over 0-9 A-Z; other characters are skipped. */
export function checkCharacter(text: string): string {
  let sum = 36
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) continue
    sum = (sum + value) % 36 || 36
    sum = (sum * 2) % 37
  }
  return alphabet[(37 - sum) % 36] as string
}

/** GB 11643: 17 digits and a check character, with a date that can be. */
export function isDocument(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, index) => total + weight * Number(text[index]), 0)
  return '10X98765432'[sum % 11] === text[17] && birthOf(text) !== null
}

/** YYYY-MM-DD of a document number. */
export function birthOf(document: string): string | null {
  const [year, month, day] = [document.slice(6, 10), document.slice(10, 12), document.slice(12, 14)]
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && Number(year) > 1850 ? `${year}-${month}-${day}` : null
}

export function readScan(raw: string): Scan {
  if (raw.startsWith('BQ1:')) return { kind: 'bundle', text: raw } // blanks count in there
  const text = raw.trim().toUpperCase()
  const resident = /^R(\d{1,15})-(\d{1,10})([0-9A-Z])$/.exec(text)
  if (resident) return checked(text, () => ({ kind: 'resident', roll: Number(resident[1]), slot: Number(resident[2]) }))
  const household = /^H(\d{1,15})-(\d{1,10})-(\d{1,3})([0-9A-Z])$/.exec(text)
  if (household) return checked(text, () => ({ kind: 'household', roll: Number(household[1]), slot: Number(household[2]), count: Number(household[3]) }))
  if (text.startsWith('BR1:')) return checked(text, () => handOver(text) ?? { kind: 'wrong', text })
  if (/^\d{17}[\dX]$/.test(text)) return isDocument(text) ? { kind: 'document', number: text } : { kind: 'wrong', text }
  return /^[0-9A-Z]{4,32}$/.test(text) ? { kind: 'label', code: text } : { kind: 'wrong', text }
}

function handOver(text: string): Scan | null {
  const part = /^BR1:(\d{1,15}):([0-9A-Z]{4,32}):(\d{1,15}):(\d{1,6}):(-?\d{1,4})?:([0-9A-Z.]*):([0-9A-Z.-]*):((?:[0-9A-F]{2})+):.$/.exec(text)
  if (!part) return null
  const list = (joined: string) => (joined ? joined.split('.') : [])
  const damaged = list(part[7] as string).map((each) => { const [code, reason] = each.split('-'); return { code: code as string, reason: damageReasons[Number(reason)] ?? 'other' } })
  const receiver = new TextDecoder().decode(Uint8Array.from((part[8] as string).match(/../g) as string[], (pair) => parseInt(pair, 16)))
  return { kind: 'handover', box: Number(part[1]), code: part[2] as string, laboratory: Number(part[3]), counted: Number(part[4]), ...(part[5] && { tenths: Number(part[5]) }), missing: list(part[6] as string), damaged, receiver }
}

function checked(text: string, make: () => Scan): Scan {
  return checkCharacter(text.slice(0, -1)) === text.slice(-1) ? make() : { kind: 'wrong', text }
}

export function residentCode(roll: number, slot: number): string { const text = `R${roll}-${slot}`; return text + checkCharacter(text) }
export function householdCode(roll: number, slot: number, count: number): string { const text = `H${roll}-${slot}-${count}`; return text + checkCharacter(text) }
