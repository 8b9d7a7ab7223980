// Loaded only where the browser has no decoder of its own.
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

let ready: Promise<unknown> | null = null

export async function decode(picture: ImageData): Promise<string[]> {
  ready ??= prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasm : prefix + path) }, fireImmediately: true })
  await ready
  const found = await readBarcodes(picture, { formats: ['Code128', 'QRCode'], tryHarder: true, maxNumberOfSymbols: 4 })
  return found.filter((each) => each.isValid).map((each) => each.text)
}
