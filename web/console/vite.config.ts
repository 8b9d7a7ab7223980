import { defineConfig } from 'vite'
import vue from '@vitejs/plugin-vue'

// The proxy target is the real server (or the test double in mock/) while developing.
const server = process.env.BIHUAN_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [vue()],
  base: '/',
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false'
  },
  build: {
    target: 'es2020',
    assetsDir: 'assets',
    // No data: URLs and no inline module preload, so that the page runs under a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900
  },
  server: { proxy: { '/api': server } }
})
