import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { receiptText } from '../src/work/receipt'
import { qrOf } from '../src/work/qr'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const bytes = readFileSync(new URL('../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url))
const wasmBinary = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)

/** Another program's reader on our own writer. */
async function read(rows: boolean[][]): Promise<string[]> {
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true })
  const quiet = 4, scale = 4, size = (rows.length + 2 * quiet) * scale, data = new Uint8ClampedArray(size * size * 4).fill(255)
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (rows[Math.floor(y / scale) - quiet]?.[Math.floor(x / scale) - quiet]) data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3)
  return (await readBarcodes({ data, width: size, height: size, colorSpace: 'srgb' } as ImageData, { formats: ['QRCode'] })).map((each) => each.text)
}

it('draws pictures that another reader reads, in every version', async () => {
  for (let length = 1; length < 1240; length = Math.ceil(length * 1.18) + 1) {
    const text = Array.from({ length }, (_, i) => letters[(i * 7919 + length) % 45]).join('')
    expect(await read(qrOf(text)), String(length)).toEqual([text])
  }
})
it('refuses what does not fit', () => {
  expect(() => qrOf('a')).toThrow()
  expect(() => qrOf('A'.repeat(1300))).toThrow()
})
it('writes result codes as the result page reads them', () => {
  expect(receiptText('0')).toBe('0000-0000-0000-0')
  expect(receiptText(String(0x0123456789abcden))).toBe('04HM-ASW9-NF6Y-X')
})
