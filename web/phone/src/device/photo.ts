// A picture for a record: small enough for the outbox and drawn anew, so that no place, time or device comes along with it.
const side = 1024, most = 150 * 1024

/** The notes that browsers add to a JPEG are taken off, too: the server refuses a picture that has any. */
function bare(bytes: Uint8Array): Uint8Array {
  const parts = [bytes.subarray(0, 2)]
  let from = 2
  while (from + 4 <= bytes.length && bytes[from] === 0xff && bytes[from + 1] !== 0xda) {
    const marker = bytes[from + 1]!, to = from + 2 + bytes[from + 2]! * 256 + bytes[from + 3]!
    if (marker !== 0xfe && (marker < 0xe1 || marker > 0xef)) parts.push(bytes.subarray(from, to))
    from = to
  }
  parts.push(bytes.subarray(from))
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => { all.set(part, at); return at + part.length }, 0)
  return all
}

/** Base64 of a JPEG, shown on the canvas as it will be sent. Throws when the file is no picture. */
export async function takePhoto(file: Blob, canvas: HTMLCanvasElement): Promise<string> {
  const image = await createImageBitmap(file), scale = Math.min(1, side / Math.max(image.width, image.height))
  canvas.width = Math.max(1, Math.round(image.width * scale))
  canvas.height = Math.max(1, Math.round(image.height * scale))
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  for (const quality of [0.75, 0.5, 0.3]) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
    const bytes = blob && bare(new Uint8Array(await blob.arrayBuffer()))
    if (!bytes || bytes.length > most) continue
    let text = ''
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
    return btoa(text)
  }
  throw new Error('too large')
}
