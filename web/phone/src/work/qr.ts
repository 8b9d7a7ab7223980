// A QR code of alphanumeric text (ISO/IEC 18004), versions 1 to 20, level L: what one phone shows to another.
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
// For each version at level L: error correction bytes of a block, number of blocks.
const blocks: [number, number][] = [[7, 1], [10, 1], [15, 1], [20, 1], [26, 1], [18, 2], [20, 2], [24, 2], [30, 2], [18, 4], [20, 4], [24, 4], [26, 4], [30, 4], [22, 6], [24, 6], [28, 6], [30, 6], [28, 7], [28, 8]]

const exp = new Uint8Array(512), log = new Uint8Array(256)
for (let i = 0, x = 1; i < 255; i++) { exp[i] = exp[i + 255] = x; log[x] = i; x = x << 1 ^ (x & 128 ? 0x11d : 0) }
const times = (a: number, b: number) => (a && b ? exp[log[a]! + log[b]!]! : 0)

/** Modules of a version that carry data, before error correction. */
function rawBits(version: number): number {
  let bits = (16 * version + 128) * version + 64
  if (version >= 2) { const count = Math.floor(version / 7) + 2; bits -= (25 * count - 10) * count - 55; if (version >= 7) bits -= 36 }
  return bits
}
const dataBytes = (version: number) => Math.floor(rawBits(version) / 8) - blocks[version - 1]![0] * blocks[version - 1]![1]

function remainder(data: number[], degree: number): number[] {
  let divisor = [1]
  for (let i = 0; i < degree; i++) { // times (x - 2^i)
    const next = [...divisor, 0]
    divisor.forEach((value, at) => { next[at + 1]! ^= times(value, exp[i]!) })
    divisor = next
  }
  const rest = new Array<number>(degree).fill(0)
  for (const byte of data) {
    const factor = byte ^ rest.shift()!
    rest.push(0)
    for (let i = 0; i < degree; i++) rest[i]! ^= times(divisor[i + 1]!, factor)
  }
  return rest
}

function bitsOf(text: string, version: number): number[] {
  const bits: number[] = []
  const put = (value: number, count: number) => { for (let i = count - 1; i >= 0; i--) bits.push(value >> i & 1) }
  put(2, 4)
  put(text.length, version < 10 ? 9 : 11)
  for (let at = 0; at < text.length; at += 2) {
    const first = letters.indexOf(text[at]!)
    if (at + 1 < text.length) put(first * 45 + letters.indexOf(text[at + 1]!), 11)
    else put(first, 6)
  }
  return bits
}

function codewords(text: string, version: number): number[] {
  const room = dataBytes(version), bits = bitsOf(text, version)
  for (let i = 0; i < 4 && bits.length < room * 8; i++) bits.push(0)
  while (bits.length % 8) bits.push(0)
  const data: number[] = []
  for (let at = 0; at < bits.length; at += 8) data.push(parseInt(bits.slice(at, at + 8).join(''), 2))
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad)
  const [degree, count] = blocks[version - 1]!, total = Math.floor(rawBits(version) / 8), short = count - total % count, length = Math.floor(total / count) - degree
  const parts: number[][] = [], checks: number[][] = []
  for (let i = 0, at = 0; i < count; i++) {
    const size = length + (i < short ? 0 : 1)
    parts.push(data.slice(at, at + size))
    checks.push(remainder(data.slice(at, at + size), degree))
    at += size
  }
  const out: number[] = []
  for (let at = 0; at <= length; at++) for (const part of parts) if (at < part.length) out.push(part[at]!)
  for (let at = 0; at < degree; at++) for (const check of checks) out.push(check[at]!)
  return out
}

function alignment(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2, step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2, at = [6]
  for (let place = version * 4 + 10; at.length < count; place -= step) at.splice(1, 0, place)
  return at
}

class Grid {
  readonly size: number
  readonly dark: boolean[][]
  readonly fixed: boolean[][]
  constructor(private readonly version: number) {
    this.size = version * 4 + 17
    this.dark = Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false))
    this.fixed = this.dark.map((row) => [...row])
  }
  set(x: number, y: number, dark: boolean): void {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return
    this.dark[y]![x] = dark
    this.fixed[y]![x] = true
  }
  patterns(): void {
    for (let i = 0; i < this.size; i++) { this.set(6, i, i % 2 === 0); this.set(i, 6, i % 2 === 0) }
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]] as const) {
      for (let dy = -4; dy <= 4; dy++) for (let dx = -4; dx <= 4; dx++) { const far = Math.max(Math.abs(dx), Math.abs(dy)); this.set(x + dx, y + dy, far !== 2 && far !== 4) }
    }
    const places = alignment(this.version), last = places.length - 1
    places.forEach((x, i) => places.forEach((y, j) => {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) this.set(x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1)
    }))
    this.format(0)
    if (this.version >= 7) this.versionBits()
  }
  format(mask: number): void {
    const data = 1 << 3 | mask // level L
    let rest = data
    for (let i = 0; i < 10; i++) rest = rest << 1 ^ (rest >> 9) * 0x537
    const bits = (data << 10 | rest) ^ 0x5412, bit = (i: number) => (bits >> i & 1) === 1
    for (let i = 0; i <= 5; i++) this.set(8, i, bit(i))
    this.set(8, 7, bit(6)); this.set(8, 8, bit(7)); this.set(7, 8, bit(8))
    for (let i = 9; i < 15; i++) this.set(14 - i, 8, bit(i))
    for (let i = 0; i < 8; i++) this.set(this.size - 1 - i, 8, bit(i))
    for (let i = 8; i < 15; i++) this.set(8, this.size - 15 + i, bit(i))
    this.set(8, this.size - 8, true)
  }
  private versionBits(): void {
    let rest = this.version
    for (let i = 0; i < 12; i++) rest = rest << 1 ^ (rest >> 11) * 0x1f25
    const bits = this.version << 12 | rest
    for (let i = 0; i < 18; i++) { const a = this.size - 11 + i % 3, b = Math.floor(i / 3), on = (bits >> i & 1) === 1; this.set(a, b, on); this.set(b, a, on) }
  }
  fill(words: number[], mask: (x: number, y: number) => boolean): void {
    let at = 0
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5
      for (let turn = 0; turn < this.size; turn++) for (let j = 0; j < 2; j++) {
        const x = right - j, y = (right + 1 & 2) === 0 ? this.size - 1 - turn : turn
        if (this.fixed[y]![x]) continue
        const on = at < words.length * 8 && (words[at >> 3]! >> (7 - (at & 7)) & 1) === 1
        at++
        this.dark[y]![x] = on !== mask(x, y)
      }
    }
  }
  /** Long runs and lopsided darkness make a code hard to read; the mask with the least of it is taken. */
  penalty(): number {
    let sum = 0, dark = 0
    for (let y = 0; y < this.size; y++) for (const line of [this.dark[y]!, this.dark.map((row) => row[y]!)]) {
      for (let x = 0, run = 1; x < this.size; x++, run++) if (x + 1 === this.size || line[x] !== line[x + 1]) { if (run >= 5) sum += run - 2; run = 0 }
      const text = line.map(Number).join('')
      for (const like of ['10111010000', '00001011101']) for (let at = text.indexOf(like); at >= 0; at = text.indexOf(like, at + 1)) sum += 40
    }
    for (let y = 0; y < this.size; y++) for (let x = 0; x < this.size; x++) {
      const here = this.dark[y]![x]
      if (here) dark++
      if (x + 1 < this.size && y + 1 < this.size && here === this.dark[y]![x + 1] && here === this.dark[y + 1]![x] && here === this.dark[y + 1]![x + 1]) sum += 3
    }
    return sum + Math.floor(Math.abs(dark * 20 - this.size * this.size * 10) / (this.size * this.size)) * 10
  }
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0, (_x, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => x * y % 2 + x * y % 3 === 0, (x, y) => (x * y % 2 + x * y % 3) % 2 === 0, (x, y) => ((x + y) % 2 + x * y % 3) % 2 === 0
]

/** Rows of modules, true = dark. Throws when the text does not fit or has other characters. */
export function qrOf(text: string): boolean[][] {
  if ([...text].some((character) => !letters.includes(character))) throw new Error('not alphanumeric')
  const version = blocks.findIndex((_, index) => bitsOf(text, index + 1).length <= dataBytes(index + 1) * 8) + 1
  if (!version) throw new Error('too long')
  const words = codewords(text, version)
  let best: Grid | null = null, least = Infinity
  masks.forEach((mask, number) => {
    const grid = new Grid(version)
    grid.patterns()
    grid.fill(words, mask)
    grid.format(number)
    const cost = grid.penalty()
    if (cost < least) { least = cost; best = grid }
  })
  return (best as unknown as Grid).dark
}
