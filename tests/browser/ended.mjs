/** Ends a program and waits until it is gone: only then may its folder be removed. */
export async function ended(child, signal = 'SIGTERM') {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => { child.once('exit', done) })
  child.kill(signal)
  await gone
}
