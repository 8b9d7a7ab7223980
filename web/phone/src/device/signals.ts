// What hand and ear notice without looking: three signals that cannot be taken for one another.
export type Signal = 'ok' | 'seal' | 'duplicate' | 'wrong'

const tones: Record<Signal, { at: number; hertz: number; long: number; shape: OscillatorType }[]> = {
  ok: [{ at: 0, hertz: 1320, long: 0.09, shape: 'sine' }],
  seal: [{ at: 0, hertz: 880, long: 0.09, shape: 'sine' }, { at: 0.1, hertz: 1320, long: 0.14, shape: 'sine' }],
  duplicate: [{ at: 0, hertz: 520, long: 0.13, shape: 'triangle' }, { at: 0.2, hertz: 520, long: 0.13, shape: 'triangle' }],
  wrong: [{ at: 0, hertz: 170, long: 0.6, shape: 'square' }]
}
const shakes: Record<Signal, number[]> = { ok: [40], seal: [40, 60, 90], duplicate: [120, 90, 120], wrong: [500] }

let audio: AudioContext | null = null
export const played: Signal[] = [] // the last ones, for the tests

/** Browsers let a page sound only after the first touch. */
export function wakeSound(): void {
  try {
    audio ??= new AudioContext()
    if (audio.state === 'suspended') void audio.resume()
  } catch { audio = null }
}

export function give(signal: Signal, loud: boolean): void {
  played.push(signal)
  if (played.length > 50) played.shift()
  try { navigator.vibrate?.(shakes[signal]) } catch { /* not on this phone */ }
  if (!audio || !loud || audio.state !== 'running') return
  for (const tone of tones[signal]) {
    const source = audio.createOscillator(), volume = audio.createGain(), start = audio.currentTime + tone.at
    source.type = tone.shape
    source.frequency.value = tone.hertz
    volume.gain.setValueAtTime(tone.shape === 'square' ? 0.2 : 0.5, start)
    volume.gain.setTargetAtTime(0, start + tone.long, 0.015)
    source.connect(volume).connect(audio.destination)
    source.start(start)
    source.stop(start + tone.long + 0.1)
  }
}

let awake: WakeLockSentinel | null = null
/** The screen stays on while the camera does. */
export async function stayAwake(): Promise<void> {
  try { if (!awake || awake.released) awake = await navigator.wakeLock.request('screen') } catch { awake = null }
}
export function mayRest(): void { void awake?.release().catch(() => undefined); awake = null }
