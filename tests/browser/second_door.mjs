// The program once more, behind another port: there a newer version of the phone page can be put, and the way to the API be cut.
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:https'

const newer = 'ffffffffffff' // the version of the page is twelve hex digits in its service worker

export async function secondDoor({ key, cert, port }) {
  const state = { fresh: false, cut: false }
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (asked, answer) => {
    if (state.cut && asked.url.startsWith('/api/')) { asked.socket.destroy(); return }
    const changed = state.fresh && asked.url === '/phone/worker.js'
    const on = request({ host: '127.0.0.1', port, path: asked.url, method: asked.method, headers: { ...asked.headers, 'accept-encoding': 'identity', ...(changed && { 'if-none-match': '' }) }, rejectUnauthorized: false }, (found) => {
      if (!changed) { answer.writeHead(found.statusCode, found.headers); found.pipe(answer); return }
      const parts = []
      found.on('data', (part) => parts.push(part))
      found.on('end', () => {
        const text = Buffer.concat(parts).toString().replace(/"[0-9a-f]{12}"/, JSON.stringify(newer)), { 'content-length': _, etag: __, ...headers } = found.headers
        answer.writeHead(found.statusCode, headers)
        answer.end(text)
      })
    })
    on.on('error', () => answer.destroy())
    asked.pipe(on)
  })
  await new Promise((done) => { server.listen(0, '127.0.0.1', done) })
  return {
    port: server.address().port, version: newer,
    renew: () => { state.fresh = true }, cut: (yes) => { state.cut = yes },
    close: () => { server.closeAllConnections?.(); server.close() }
  }
}
