// The code on a printed bulletin: the modules of a QR symbol as one SVG path, so that no picture is fetched.
import { encode } from 'uqr'

export interface QrShape { size: number; path: string }

/** Level M survives a fold or a stamp on a corner; four modules of quiet zone are what scanners ask for. */
export function qrShape(text: string): QrShape {
  const code = encode(text, { ecc: 'M', border: 4 })
  const rows = code.data.map((row, y) => {
    let path = ''
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      let end = x
      while (row[end + 1]) end++
      path += `M${x} ${y}h${end - x + 1}v1h-${end - x + 1}z`
      x = end
    }
    return path
  })
  return { size: code.size, path: rows.join('') }
}
