// The camera, always on while its screen is. A code is told once as long as it stays in view.
interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
declare const BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined

const gone = 1500, rest = 70, widest = 1280

export type CameraState = 'off' | 'starting' | 'on' | 'refused' | 'missing'

async function ownDetector(): Promise<Detector | null> {
  if (typeof BarcodeDetector === 'undefined') return null
  try {
    const formats = await BarcodeDetector.getSupportedFormats()
    return formats.includes('code_128') && formats.includes('qr_code') ? new BarcodeDetector({ formats: ['code_128', 'qr_code'] }) : null
  } catch { return null }
}

export class Camera {
  private stream: MediaStream | null = null
  private running = 0
  private readonly seen = new Map<string, number>()
  torch = false

  constructor(private readonly video: HTMLVideoElement, private readonly told: (text: string) => void, private readonly moved: (state: CameraState) => void) {}

  async start(): Promise<void> {
    const run = ++this.running
    this.moved('starting')
    try {
      if (!navigator.mediaDevices) { this.moved('missing'); return }
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } } })
    } catch (error) {
      this.moved((error as Error).name === 'NotAllowedError' ? 'refused' : 'missing')
      return
    }
    if (run !== this.running) { this.release(); return }
    this.video.srcObject = this.stream
    await this.video.play().catch(() => undefined)
    this.moved('on')
    void this.look(run)
  }

  stop(): void { this.running++; this.release(); this.moved('off') }
  private release(): void { this.stream?.getTracks().forEach((track) => track.stop()); this.stream = null; this.video.srcObject = null }

  async setTorch(on: boolean): Promise<void> {
    try { await this.stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }); this.torch = on } catch { this.torch = false }
  }

  private async look(run: number): Promise<void> {
    const own = await ownDetector()
    const { decode } = own ? { decode: null } : await import('./decoder')
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', { willReadFrequently: true })
    while (run === this.running) {
      if (this.video.readyState >= 2 && this.video.videoWidth) {
        try {
          this.tell(own ? (await own.detect(this.video)).map((each) => each.rawValue) : await decode!(this.picture(canvas, pen as CanvasRenderingContext2D)))
        } catch { /* a frame that could not be read; the next one comes */ }
      }
      await new Promise((done) => { setTimeout(done, rest) })
    }
  }

  private picture(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D): ImageData {
    const scale = Math.min(1, widest / this.video.videoWidth)
    canvas.width = Math.round(this.video.videoWidth * scale)
    canvas.height = Math.round(this.video.videoHeight * scale)
    pen.drawImage(this.video, 0, 0, canvas.width, canvas.height)
    return pen.getImageData(0, 0, canvas.width, canvas.height)
  }

  private tell(texts: string[]): void {
    const now = performance.now()
    for (const text of texts) {
      const last = this.seen.get(text)
      this.seen.set(text, now)
      if (last === undefined || now - last > gone) this.told(text)
    }
    for (const [text, at] of this.seen) if (now - at > gone) this.seen.delete(text)
  }
}

/** A scanner that types: characters that come faster than fingers, ended by Enter, while no field has the focus. */
export function listenForWedge(told: (text: string) => void): () => void {
  let text = '', last = 0
  const key = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return
    const now = performance.now()
    if (now - last > 100) text = ''
    last = now
    if (event.key === 'Enter') {
      if (text.length >= 4) { event.preventDefault(); told(text) }
      text = ''
    } else if (event.key.length === 1) text += event.key
  }
  addEventListener('keydown', key, true)
  return () => removeEventListener('keydown', key, true)
}
