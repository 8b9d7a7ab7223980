// The service worker: the page of one version, whole, from the first load on. It never touches /api, and it never takes a page
// over while somebody works with it: the new version waits until the page asks.
const version: string = '__VERSION__'
const files = '__FILES__' as unknown as string[]
const scope = '/phone/'
const cacheName = 'bihuan-phone-' + version
const worker = self as unknown as ServiceWorkerGlobalScope

async function fill(): Promise<void> {
  const cache = await caches.open(cacheName)
  // Hashed names may come from the browser's own store; the page itself may not.
  await cache.add(new Request(scope, { cache: 'reload' }))
  await cache.addAll(files.map((name) => new Request(scope + name, name.startsWith('assets/') ? {} : { cache: 'reload' })))
}

worker.addEventListener('install', (event) => event.waitUntil(fill()))
worker.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith('bihuan-phone-') && name !== cacheName) await caches.delete(name)
  await worker.clients.claim()
})()))
worker.addEventListener('message', (event) => { if (event.data === 'take over') void worker.skipWaiting() })
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || !url.pathname.startsWith(scope)) return
  event.respondWith((async () => {
    const cache = await caches.open(cacheName)
    return (await cache.match(event.request.mode === 'navigate' ? scope : event.request, { ignoreSearch: true })) ?? fetch(event.request)
  })())
})
