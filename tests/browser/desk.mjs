// What every walk over a screen of the console needs: a browser, logging in, axe-core, and an eye for what sticks out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export function must(condition, message) { if (!condition) throw new Error(message) }

export class Desk {
  constructor(base) { Object.assign(this, { base, problems: [], foreign: [], passed: 0, failed: 0 }) }
  async start() {
    this.profile = mkdtempSync(join(tmpdir(), 'bihuan-browser-'))
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    this.context = await chromium.launchPersistentContext(this.profile, { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags, viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'America/New_York', reducedMotion: 'reduce' })
    this.context.setDefaultTimeout(15000)
    const page = this.page = this.context.pages()[0] ?? await this.context.newPage()
    page.on('console', (message) => { if (message.type() === 'error' && !/status of 40[149]|status of 422/.test(message.text())) this.problems.push(message.text()) })
    page.on('pageerror', (error) => this.problems.push(String(error)))
    page.on('request', (request) => { if (!request.url().startsWith(this.base) && !/^(data|blob):/.test(request.url())) this.foreign.push(request.url()) })
  }
  async stop() {
    await this.context?.close().catch(() => undefined)
    if (this.profile) rmSync(this.profile, { recursive: true, force: true, maxRetries: 3 })
  }
  async test(name, run) {
    const began = Date.now()
    try {
      await run()
      this.passed++
      console.log(`ok   ${name} (${Date.now() - began} ms)`)
    } catch (error) {
      this.failed++
      console.log(`FAIL ${name}: ${String(error.message ?? error).split('\n').slice(0, 12).join('\n     ')}`)
    }
  }
  clean() { const found = this.problems.splice(0); must(found.length === 0, 'browser errors: ' + found.join(' | ')) }
  async choose(language, theme) {
    await this.page.evaluate(([l, t]) => { const kept = JSON.parse(localStorage.getItem('bihuan.console') ?? '{}'); localStorage.setItem('bihuan.console', JSON.stringify({ views: [], ...kept, language: l, theme: t })) }, [language, theme])
  }
  async open(path) {
    await this.page.goto(this.base + path, { waitUntil: 'domcontentloaded' })
    await this.page.waitForSelector('h1')
    await this.settle()
  }
  async settle() {
    await this.page.waitForFunction(() => !/正在读取|Reading…|正在测算|Reckoning…/.test(document.body.innerText), null, { timeout: 15000 })
    await this.page.waitForTimeout(250)
  }
  async signIn(login, password, fresh) {
    const page = this.page
    await this.context.clearCookies()
    await page.goto(this.base + '/login', { waitUntil: 'domcontentloaded' })
    await page.waitForSelector('h1')
    await this.choose('zh', 'light')
    await this.open('/login')
    await page.fill('#login-login', login); await page.fill('#login-password', password)
    await page.click('form button[type=submit]')
    await page.waitForSelector('.rail')
    if (await page.waitForSelector('#password-old', { timeout: 2000 }).catch(() => null)) {
      await page.fill('#password-old', password); await page.fill('#password-new', fresh); await page.fill('#password-again', fresh)
      await page.click('form button[type=submit]')
      await page.waitForFunction(() => location.pathname !== '/password')
    }
    await page.waitForSelector('.rail a')
    must((await page.locator('.rail a').count()) <= 7, 'more than seven entries in the rail')
    this.clean()
  }
  async axe() {
    // What is fading has no colours yet.
    await this.page.waitForFunction(() => !document.querySelector('.el-message-fade-enter-active, .el-message-fade-leave-active, .dialog-fade-enter-active, .dialog-fade-leave-active'))
    await this.page.evaluate(axeSource)
    const found = await this.page.evaluate(async () => {
      const result = await window.axe.run({ include: [document], exclude: [['.duty:nth-child(n+30)'], ['tbody tr:nth-child(n+30)']] }, { resultTypes: ['violations'] })
      return result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id} (${v.nodes.length}) ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' ; ')}`)
    })
    must(found.length === 0, 'axe: ' + found.join('\n'))
  }
  /** Nothing sticks out sideways, no text of a button is cut, no raw value or key of a text shows. */
  async tidy() {
    const found = await this.page.evaluate(() => {
      const out = []
      if (document.documentElement.scrollWidth > innerWidth + 1) out.push(`page is ${document.documentElement.scrollWidth} wide`)
      for (const e of document.querySelectorAll('button, h1, .figure strong, .stage strong, .tile strong, th')) {
        const style = getComputedStyle(e)
        if (!e.classList.contains('hidden-text') && e.scrollWidth > e.clientWidth + 1 && style.overflow !== 'visible' && e.clientWidth > 1 && !e.title) out.push(`cut: ${e.textContent.trim().slice(0, 30)}`)
      }
      for (const e of document.querySelectorAll('.figure strong, .stage strong, .tile strong')) if (e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > e.parentElement.getBoundingClientRect().right + 1) out.push(`sticks out: ${e.textContent.trim()}`)
      for (const box of document.querySelectorAll('.figures, .chain, .homes .home, .tools, .screen-head')) if (box.scrollWidth > box.clientWidth + 1 && !['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) out.push(`too wide: ${box.className} ${box.scrollWidth} > ${box.clientWidth}`)
      const text = document.body.innerText
      if (/\b(undefined|NaN|Infinity|\[object Object\])\b/.test(text)) out.push('raw value on the page: ' + text.match(/.{0,30}(undefined|NaN|Infinity|\[object Object\]).{0,20}/)[0])
      const key = text.match(/\b(duty|common|board|loops|clock|screen|round|stage|waiting|roundState|orderForm|sites|doors|rolls|lab|wall|people|verb|rule|subject)\.[a-zA-Z_]+\b/)
      if (key) out.push('untranslated: ' + key[0])
      return out
    })
    must(found.length === 0, found.join('; '))
  }
  async phone(on) { await this.page.setViewportSize(on ? { width: 390, height: 844 } : { width: 1440, height: 900 }) }
}
