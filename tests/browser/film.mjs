// A film for the fake camera: each text as the label a printer would make (zint draws it, our reader must read it), for half a
// second, with an empty moment after it. y4m, grey.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const width = 640, height = 480

function modules(text, kind) {
  const done = spawnSync('zint', ['--dump', '-b', kind, ...(kind === 'QRCODE' ? ['--secure=2'] : []), '-d', text], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`zint: ${done.stderr || done.error}`)
  const rows = done.stdout.trim().split('\n').map((line) => [...line.replace(/ /g, '')].flatMap((digit) => [8, 4, 2, 1].map((bit) => (parseInt(digit, 16) & bit) !== 0)))
  // The dump fills the last group of four with light modules.
  if (kind === 'QRCODE') return rows.map((row) => row.slice(0, rows.length))
  return Array.from({ length: 40 }, () => rows[0])
}

function picture(text, kind) {
  const luma = Buffer.alloc(width * height, 200) // a grey table
  const rows = modules(text, kind), across = rows[0].length
  const scale = kind === 'QRCODE' ? Math.floor(360 / (rows.length + 8)) : Math.max(2, Math.floor(560 / (across + 20)))
  const tall = kind === 'QRCODE' ? scale : 4, quiet = kind === 'QRCODE' ? 4 : 10
  const left = Math.floor((width - (across + 2 * quiet) * scale) / 2), top = Math.floor((height - (rows.length + 8) * tall) / 2)
  for (let y = 0; y < (rows.length + 8) * tall; y++) for (let x = 0; x < (across + 2 * quiet) * scale; x++) {
    const dark = rows[Math.floor(y / tall) - 4]?.[Math.floor(x / scale) - quiet]
    luma[(top + y) * width + left + x] = dark ? 25 : 235
  }
  return luma
}

/** texts: [text, 'QRCODE' | 'CODE128'] */
export function writeFilm(path, texts, rate = 4) {
  const chroma = Buffer.alloc(width * height / 2, 128), frame = Buffer.from('FRAME\n'), empty = Buffer.alloc(width * height, 200)
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${rate}:1 Ip A1:1 C420jpeg\n`)]
  const show = (luma, times) => { for (let i = 0; i < times; i++) parts.push(frame, luma, chroma) }
  show(empty, rate * 2) // the page has time to start
  for (const [text, kind] of texts) { show(picture(text, kind), rate / 2); show(empty, rate / 4) }
  show(empty, rate * 4) // then it begins again
  writeFileSync(path, Buffer.concat(parts))
}
