import { useEffect, useRef, useState } from 'preact/hooks'
import { app } from '../app'
import { Camera, listenForWedge } from '../device/camera'
import type { CameraState } from '../device/camera'
import { mayRest, stayAwake, wakeSound } from '../device/signals'
import { t } from '../texts'

/** The camera picture; scans go where the page wants them. Hand scanners that type work beside it. */
export function Scanner(props: { small?: boolean; told?: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null), camera = useRef<Camera | null>(null)
  const [state, setState] = useState<CameraState>('off')
  const told = useRef(props.told)
  told.current = props.told
  const hear = (text: string) => { if (told.current) told.current(text); else void app.scanned(text) }
  useEffect(() => {
    const own = new Camera(video.current as HTMLVideoElement, hear, setState)
    camera.current = own
    void own.start()
    void stayAwake()
    const back = () => { if (document.visibilityState === 'visible') { void stayAwake(); void own.start() } else own.stop() }
    document.addEventListener('visibilitychange', back)
    const stop = listenForWedge(hear)
    return () => { document.removeEventListener('visibilitychange', back); stop(); own.stop(); mayRest() }
  }, [])
  return (
    <section class={'camera' + (props.small ? ' small' : '')} data-state={state} aria-label={t('sample.camera')}>
      <video ref={video} muted playsInline aria-hidden="true" />
      {state !== 'on' && <p class="camera-state">{t(state === 'starting' ? 'sample.starting' : state === 'refused' ? 'sample.refused' : state === 'missing' ? 'sample.missing' : 'sample.camera')}{state === 'refused' && <button type="button" onClick={() => { wakeSound(); void camera.current?.start() }}>{t('sample.start')}</button>}</p>}
      {state === 'on' && <button type="button" class="torch" onClick={() => void camera.current?.setTorch(!camera.current.torch)}>{t('sample.torch')}</button>}
    </section>
  )
}
