// Unsent records on their way by file or by pictures. Sealed with a short code that is shown on one phone and typed on the
// other: nobody who films the screen reads names, and a changed or cut bundle is refused. Twice is no harm: keys.
import type { PortableRecord } from './outbox'

const rounds = 200000, codeLength = 12, frameBytes = 360
const codeAlphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ' // no 0 O 1 I L
const magic = 'bihuan-unsent-1'

export interface Sealed { code: string; bytes: Uint8Array }

export function newCode(random: (count: number) => Uint8Array): string {
  let code = ''
  while (code.length < codeLength) for (const byte of random(16)) if (byte < 248 && code.length < codeLength) code += codeAlphabet[byte % codeAlphabet.length]
  return code
}
export function plainCode(typed: string): string { return typed.toUpperCase().replace(/[^0-9A-Z]/g, '') }

async function keyOf(code: string, salt: Uint8Array): Promise<CryptoKey> {
  const raw = await crypto.subtle.importKey('raw', new TextEncoder().encode(plainCode(code)), 'PBKDF2', false, ['deriveKey'])
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: salt as BufferSource, iterations: rounds }, raw, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes as BlobPart]).stream().pipeThrough(stream as unknown as ReadableWritablePair<Uint8Array, Uint8Array>)).arrayBuffer())
}

export async function sealBundle(records: PortableRecord[], code: string, random: (count: number) => Uint8Array): Promise<Uint8Array> {
  const plain = await through(new TextEncoder().encode(JSON.stringify({ magic, records })), new CompressionStream('gzip'))
  const salt = random(16), nonce = random(12)
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce as BufferSource, additionalData: new TextEncoder().encode(magic) }, await keyOf(code, salt), plain as BufferSource))
  return join([salt, nonce, sealed])
}

/** Throws when the code is wrong or a byte is. */
export async function openBundle(bytes: Uint8Array, code: string): Promise<PortableRecord[]> {
  const salt = bytes.slice(0, 16), nonce = bytes.slice(16, 28)
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce as BufferSource, additionalData: new TextEncoder().encode(magic) }, await keyOf(code, salt), bytes.slice(28) as BufferSource)
  const parsed = JSON.parse(new TextDecoder().decode(await through(new Uint8Array(plain), new DecompressionStream('gzip')))) as { magic?: string; records?: PortableRecord[] }
  const good = (each: PortableRecord) => /^[0-9a-f]{32}$/.test(each.key) && /^[a-z_]{3,40}$/.test(each.command) && typeof each.body === 'object' && typeof each.made === 'number'
  if (parsed.magic !== magic || !Array.isArray(parsed.records) || !parsed.records.every(good)) throw new Error('not a bundle')
  return parsed.records
}

function join(parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) { all.set(part, at); at += part.length }
  return all
}

// --- pictures: BQ1:<bundle>:<number>:<of>:<crc>:<base45>, all characters of the alphanumeric mode of a QR code ---

const digits45 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function base45(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length
    let value = pair ? (bytes[at] as number) * 256 + (bytes[at + 1] as number) : (bytes[at] as number)
    for (let turn = pair ? 3 : 2; turn > 0; turn--) { text += digits45[value % 45]; value = Math.floor(value / 45) }
  }
  return text
}
export function fromBase45(text: string): Uint8Array | null {
  const out: number[] = []
  for (let at = 0; at < text.length; at += 3) {
    const part = [...text.slice(at, at + 3)].map((character) => digits45.indexOf(character))
    if (part.includes(-1) || part.length === 1) return null
    const value = part.reduceRight((total, digit) => total * 45 + digit, 0)
    if (value > (part.length === 3 ? 65535 : 255)) return null
    if (part.length === 3) out.push(value >> 8)
    out.push(value & 255)
  }
  return new Uint8Array(out)
}

export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0')

export function toFrames(bytes: Uint8Array): string[] {
  const id = hex(crc32(bytes)), total = Math.max(1, Math.ceil(bytes.length / frameBytes))
  return Array.from({ length: total }, (_, index) => {
    const part = bytes.slice(index * frameBytes, (index + 1) * frameBytes)
    return `BQ1:${id}:${index + 1}:${total}:${hex(crc32(part))}:${base45(part)}`
  })
}

/** Takes pictures in any order and as often as they come; of one bundle at a time. */
export class FrameReader {
  private parts = new Map<number, Uint8Array>()
  private id = ''
  total = 0
  get have(): number { return this.parts.size }
  /** The whole bundle, once the last part is there. */
  take(frame: string): Uint8Array | null {
    const match = /^BQ1:([0-9A-F]{8}):(\d{1,4}):(\d{1,4}):([0-9A-F]{8}):(.*)$/.exec(frame)
    const part = match ? fromBase45(match[5] as string) : null
    if (!match || !part || hex(crc32(part)) !== match[4]) return null
    const [id, number, total] = [match[1] as string, Number(match[2]), Number(match[3])]
    if (number < 1 || number > total) return null
    if (id !== this.id || total !== this.total) { this.parts.clear(); this.id = id; this.total = total }
    this.parts.set(number, part)
    if (this.parts.size < this.total) return null
    const all = join(Array.from({ length: this.total }, (_, index) => this.parts.get(index + 1) as Uint8Array))
    return hex(crc32(all)) === this.id ? all : null
  }
}
