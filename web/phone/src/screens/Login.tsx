import { useState } from 'preact/hooks'
import { changePassword, login, Refused } from '../device/net'
import type { Session } from '../device/net'
import { wakeSound } from '../device/signals'
import { Field, useApp } from '../parts/parts'
import { both, t } from '../texts'

export function Login(props: { inside?: boolean }) {
  const a = useApp()
  const [name, setName] = useState(''), [password, setPassword] = useState(''), [fresh, setFresh] = useState(''), [must, setMust] = useState(false), [problem, setProblem] = useState(''), [busy, setBusy] = useState(false)
  const waiting = a.outbox.waiting().length
  const attempt = async (act: () => Promise<Session>) => {
    setBusy(true)
    setProblem('')
    try {
      const session = await act()
      if (session.must_change) setMust(true)
      else await a.enter(session)
    } catch (error) {
      setProblem(error instanceof Refused ? both(error.zh, error.en) : t('login.unreachable'))
    }
    setBusy(false)
  }
  const send = (event: Event) => { event.preventDefault(); wakeSound(); void attempt(() => (must ? changePassword(password, fresh) : login(name.trim(), password))) }
  const Place = props.inside ? 'section' : 'main', Title = props.inside ? 'h2' : 'h1'
  return (
    <Place id={props.inside ? 'again' : 'main'} class="login">
      <Title>{t('app.name')} · {t('login.title')}</Title>
      {a.wiped && <div class="warn" role="alert"><b>{t('app.wiped')}</b><p>{t('app.wipedHint')}</p></div>}
      {waiting > 0 && <p class="warn">{t('login.keep', { n: waiting })}</p>}
      <form onSubmit={send}>
        {must
          ? <><p class="hint">{t('login.change')}</p><Field id="new-password" label={t('login.new')} value={fresh} set={setFresh} type="password" complete="new-password" /></>
          : <><Field id="login" label={t('login.name')} value={name} set={setName} complete="username" /><Field id="password" label={t('login.password')} value={password} set={setPassword} type="password" complete="current-password" /></>}
        {problem && <p class="wrong-text" role="alert">{problem}</p>}
        <button type="submit" class="main" disabled={busy || (must ? fresh.length < 8 : !name.trim() || !password)}>{t(must ? 'login.changeDo' : 'login.enter')}</button>
      </form>
    </Place>
  )
}
