import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { defineConfig, transformWithEsbuild } from 'vite'
import type { Plugin } from 'vite'
import { readFileSync } from 'node:fs'

const server = process.env.BIHUAN_SERVER ?? 'http://127.0.0.1:8080'
const limit = 60 * 1024 // bytes, compressed, of everything that is loaded before the decoder

// What only a phone without a decoder of its own loads, and only once it looks through the camera.
const isDecoder = (name: string) => /decoder-|\.wasm$/.test(name)

/** The service worker, with the list of files it keeps; and the check that the page stays small. */
function finish(): Plugin {
  return {
    name: 'phone-finish',
    apply: 'build',
    async generateBundle(_options, bundle) {
      const bytesOf = (name: string) => { const file = bundle[name]; return Buffer.from(file?.type === 'chunk' ? file.code : file?.source ?? '') }
      const names = Object.keys(bundle).filter((name) => !name.endsWith('.map')).sort()
      const statics = ['manifest.webmanifest', 'icon.svg'].map((name) => [name, readFileSync(`public/${name}`)] as const)
      const hash = createHash('sha256')
      for (const name of names) hash.update(name).update(bytesOf(name))
      for (const [name, bytes] of statics) hash.update(name).update(bytes)
      const version = hash.digest('hex').slice(0, 12)
      const worker = readFileSync('src/worker.ts', 'utf8').replace("'__VERSION__'", JSON.stringify(version)).replace("'__FILES__'", JSON.stringify([...names, ...statics.map(([name]) => name)].filter((name) => name !== 'index.html')))
      const code = (await transformWithEsbuild(worker, 'worker.ts', { minify: true, target: 'es2020' })).code
      this.emitFile({ type: 'asset', fileName: 'worker.js', source: code })
      const small = [...names.filter((name) => !isDecoder(name)).map(bytesOf), ...statics.map(([, bytes]) => bytes), Buffer.from(code)]
      const total = small.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0)
      const decoder = names.filter(isDecoder).reduce((sum, name) => sum + gzipSync(bytesOf(name), { level: 9 }).length, 0)
      console.log(`phone page: ${total} bytes compressed of at most ${limit}; decoder beside it: ${decoder}`)
      if (total > limit) throw new Error(`the phone page is ${total} bytes compressed, over the limit of ${limit}`)
    }
  }
}

export default defineConfig({
  base: '/phone/',
  plugins: [finish()],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2020',
    assetsDir: 'assets',
    // No data: URLs and no inline module preload, so that the page runs under a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { output: { manualChunks: (id) => (id.includes('zxing-wasm') ? 'decoder' : undefined) } }
  },
  server: { proxy: { '/api': server } }
})
