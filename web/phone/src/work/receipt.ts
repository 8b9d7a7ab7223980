// The code under which a person reads his result: 60 bits as twelve characters and one to check them, as the result page has it.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export function receiptText(receipt: string): string {
  let rest = BigInt(receipt)
  const values: number[] = []
  for (let place = 0; place < 12; place++) { values.unshift(Number(rest & 31n)); rest >>= 5n }
  let sum = 0
  for (let place = 11, factor = 2; place >= 0; place--, factor = 3 - factor) { const part = values[place]! * factor; sum += Math.floor(part / 32) + part % 32 }
  const text = values.map((value) => alphabet[value]).join('')
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}-${alphabet[(32 - sum % 32) % 32]}`
}
