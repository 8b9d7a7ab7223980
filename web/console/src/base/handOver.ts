// What the courier's phone reads off the laboratory's screen. His scan is his signature under what is written here, so the code
// holds the whole receipt: BR1:box:code:laboratory:counted:tenths:missing:damaged:receiver:check, in characters that a QR code
// packs tightly and a hand scanner can type. Read by web/phone/src/work/codes.ts.
export interface HandOver {
  box: number; code: string; laboratory: number; counted: number; tenths?: number | undefined
  missing: string[]; damaged: { code: string; reason: string }[]; receiver: string
}
/** In the order of the code; what a tube may be rejected for on arrival. */
export const damageReasons = ['leak', 'empty', 'no_label', 'too_old', 'wrong_count', 'other']
const longest = 700 // a phone reads no larger code off a screen

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** ISO 7064 MOD 37,36 over 0-9 A-Z; other characters are skipped. */
function checkCharacter(text: string): string {
  let sum = 36
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) continue
    sum = (sum + value) % 36 || 36
    sum = (sum * 2) % 37
  }
  return alphabet[(37 - sum) % 36] as string
}

/** Null when it does not fit into a code: then the receipt is entered by hand. */
export function handOverText(one: HandOver): string | null {
  const codes = [one.code, ...one.missing, ...one.damaged.map((each) => each.code)]
  if (codes.some((code) => !/^[0-9A-Z]+$/.test(code))) return null
  const name = Array.from(new TextEncoder().encode(one.receiver), (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')
  const text = ['BR1', one.box, one.code, one.laboratory, one.counted, one.tenths ?? '', one.missing.join('.'), one.damaged.map((each) => `${each.code}-${damageReasons.indexOf(each.reason)}`).join('.'), name].join(':') + ':'
  return text.length < longest ? text + checkCharacter(text) : null
}
