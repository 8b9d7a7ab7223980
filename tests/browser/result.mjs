// The public result page as a citizen meets it: on a small phone, in both languages, light and dark, on paper, on a slow
// network. Against the real program: node result.mjs --binary PROGRAM [--port N] [--screens DIR]
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { ended } from './ended.mjs'

const argument = (name) => { const i = process.argv.indexOf('--' + name); return i > 0 ? process.argv[i + 1] : undefined }
const binary = argument('binary')
const port = Number(argument('port') ?? 5221)
const base = `http://127.0.0.1:${port}`
const screensDir = argument('screens')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const WEIGHT = 30 * 1024, SLOW_MS = 1000

let passed = 0, failed = 0
async function test(name, run) {
  const began = Date.now()
  try {
    await run()
    passed++
    console.log(`ok   result page: ${name} (${Date.now() - began} ms)`)
  } catch (error) {
    failed++
    console.log(`FAIL result page: ${name}: ${String(error.message ?? error).split('\n').slice(0, 12).join('\n     ')}`)
  }
}
function must(condition, message) { if (!condition) throw new Error(message) }

/* --- a server with a small round ----------------------------------------------------------- */

const folder = mkdtempSync(join(tmpdir(), 'bihuan-result-'))
const data = join(folder, 'data')
const made = spawnSync(binary, ['init', '--data', data, '--name', 'result', '--start', '2022-03-17T23:30:00+08:00'], { encoding: 'utf8' })
if (made.status !== 0) throw new Error(made.stderr)
const server = spawn(binary, ['serve', '--data', data, '--port', String(port), '--lang', 'en'], { stdio: ['ignore', 'pipe', 'inherit'] })
let printed = ''
server.stdout.on('data', (text) => { printed += text })
for (let turn = 0; !/token=\S+/.test(printed) && turn < 100; turn++) await new Promise((resolve) => { setTimeout(resolve, 100) })

let session = null
async function call(method, path, body, more = {}) {
  const headers = { 'Content-Type': 'application/json', ...(session ? { Cookie: session.cookie, 'X-Bihuan-CSRF': session.csrf } : {}), ...more }
  const response = await fetch(base + '/api/v1' + path, { method, headers, body: body && JSON.stringify(body) })
  const json = await response.json()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(json)}`)
  return { json, cookie: response.headers.get('set-cookie')?.split(';')[0] }
}
const key = () => Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
const command = async (name, body) => (await call('POST', '/commands/' + name, body, { 'Idempotency-Key': key() })).json
const begun = await call('POST', '/first-run', { token: /token=(\S+)/.exec(printed)[1], login: 'admin', display: '管理员', password: 'correct horse battery' })
session = { cookie: begun.cookie, csrf: begun.json.csrf }
const here = '220202', community = '220202001001', phone = '13900001234', document18 = '220202199001010011'
const team = (await command('register_institution', { kind: 'sampling_team', name: '采样队', area: here })).institution
const lab = (await command('register_institution', { kind: 'laboratory', name: '检测所', area: here })).institution
const roll = (await command('open_roll', { area: here, name: '名册' })).roll
await command('list_residents', { roll, area: community, households: [{ building: 1, unit: 1, door: '101', residents: [{ name: '赵某某', document: document18, phone, category: 'permanent' }, { name: '钱某某', category: 'permanent' }] }] })
const round = (await command('order_round', { area: here, roll, starts: '2022-03-17T23:30:00+08:00', accept_shortfall: '当日到位' })).round
const site = (await command('open_site', { round, area: community, institution: team, name: '广场', stations: 1, samplers: 1 })).site
const sample = async (code, slot, receipt) => (await command('sample_tube', { round, site, code, people: [{ slot, receipt }] })).tube

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
function receiptText(number) {
  const values = Array.from({ length: 12 }, (_, place) => Number(BigInt(number) >> BigInt(5 * (11 - place)) & 31n))
  let sum = 0
  for (let place = 11, factor = 2; place >= 0; place--, factor = 3 - factor) sum += Math.floor(values[place] * factor / 32) + values[place] * factor % 32
  return [...values, (32 - sum % 32) % 32].map((v) => alphabet[v]).join('').replace(/(.{4})(?=.)/g, '$1-')
}
const waiting = receiptText(4711), negative = receiptText(4712), unknown = receiptText(4799)
const kits = Array.from({ length: 6 }, (_, n) => receiptText(900719925474n * BigInt(n + 1)))
await command('register_kits', { area: here, name: 'A', kits })
await command('hand_out_kits', { roll, slot: 1, kits: kits.slice(0, 4) })
await command('hand_out_kits', { roll, slot: 1, count: 2, kits: kits.slice(4) })
await sample('T0001', 1, 4711)
const tube = await sample('T0002', 2, 4712)
const { box } = await command('seal_box', { round, site, code: 'BX0001', tubes: ['T0002'], count: 1 })
await command('pick_up_box', { box, institution: team, count: 1, from_signature: '王某', courier_signature: '李某' })
await command('receive_box', { box, institution: lab, count: 1, courier_signature: '李某', to_signature: '赵某' })
await command('result_tubes', { institution: lab, negative: [tube] })
for (let turn = 0; turn < 100; turn++) {
  if ((await call('POST', '/result', { receipt: 4712 })).json.state === 'negative') break
  await new Promise((resolve) => { setTimeout(resolve, 6000) }) // the limit of one receipt
}

/* --- a phone ------------------------------------------------------------------------------- */

const profile = mkdtempSync(join(tmpdir(), 'bihuan-browser-'))
const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const context = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags, viewport: { width: 390, height: 844 }, locale: 'zh-CN', timezoneId: 'America/New_York', reducedMotion: 'reduce' })
context.setDefaultTimeout(15000)
const page = context.pages()[0] ?? await context.newPage()
const problems = [], requests = []
page.on('console', (message) => { if (message.type() === 'error' && !/status of 4(03|22|29)/.test(message.text())) problems.push(message.text()) })
page.on('pageerror', (error) => problems.push(String(error)))
page.on('request', (request) => requests.push(request))
function clean() { const found = problems.splice(0); must(found.length === 0, 'browser errors: ' + found.join(' | ')) }
const foreign = () => requests.filter((request) => !request.url().startsWith(base) && !/^(data|blob):/.test(request.url()))

async function axe() {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => `${v.id} ${v.impact} ${v.nodes.map((n) => n.target.join(' ')).join(' ; ')}`))
  must(found.length === 0, 'axe: ' + found.join('\n'))
}
async function tidy() {
  const found = await page.evaluate(() => {
    const out = []
    if (document.documentElement.scrollWidth > innerWidth) out.push(`the page is ${document.documentElement.scrollWidth} wide`)
    const targets = [...document.querySelectorAll('button, input, main a')].map((e) => (e.type === 'radio' ? e.closest('label') : e))
    for (const e of targets) if (e.offsetParent && e.getBoundingClientRect().height < 48) out.push(`${e.id || e.textContent} is ${e.getBoundingClientRect().height} high`)
    if (/\b(undefined|null|NaN|\[object Object\])\b/.test(document.body.innerText)) out.push('raw value: ' + document.body.innerText)
    return out
  })
  must(found.length === 0, found.join('; '))
}
async function open(language, theme = 'light', hash = '') {
  await page.emulateMedia({ colorScheme: theme, media: null })
  await page.goto('about:blank')
  await page.goto(base + '/result/' + hash, { waitUntil: 'load' })
  if (await page.getAttribute('html', 'lang') !== (language === 'zh' ? 'zh-CN' : 'en')) await page.click('#language')
}
async function ask(receipt) {
  await page.fill('#receipt', receipt)
  await page.click('#receipt-form button.main')
  await page.waitForSelector('#answer:not([hidden]), #problem:not([hidden])')
}
const shot = async (name) => { if (screensDir) { mkdirSync(screensDir, { recursive: true }); await page.screenshot({ path: join(screensDir, `result-${name}.png`), fullPage: true }) } }
const words = {
  zh: { title: '核酸检测结果查询', waiting: '结果尚未出来', negative: '阴性', unknown: '尚未收到这份样本', wrong: '查询码不对' },
  en: { title: 'My test result', waiting: 'Not yet available', negative: 'Negative', unknown: 'This sample has not arrived yet', wrong: 'This code is not right' }
}

try {
  await test('weighs at most 30 KB in all, in four requests, and asks nobody else', async () => {
    requests.length = 0
    await open('zh')
    await ask(unknown)
    const own = requests.filter((request) => request.url().startsWith(base))
    let bytes = 0
    for (const request of own) { const sizes = await request.sizes(); bytes += (await (await request.response()).body()).length + sizes.responseHeadersSize }
    must(own.length === 4, own.map((request) => request.url()).join(' '))
    must(bytes <= WEIGHT, `${bytes} bytes`)
    must(foreign().length === 0, foreign().map((request) => request.url()).join(' '))
    must(own.every((request) => !request.url().includes(unknown)), 'a receipt is in an address')
    clean()
  })
  await test('is there within a second on a slow phone and network', async () => {
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
    await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200e3, uploadThroughput: 90e3 }) // a good 3G
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    const took = []
    for (let turn = 0; turn < 3; turn++) {
      await page.goto('about:blank')
      await page.goto(base + '/result/', { waitUntil: 'load' })
      took.push(await page.evaluate(() => { const [entry] = performance.getEntriesByType('navigation'); return entry.domContentLoadedEventEnd }))
    }
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await cdp.detach()
    must(Math.min(...took) <= SLOW_MS, `${took.map(Math.round).join(', ')} ms`)
    clean()
  })
  for (const language of ['zh', 'en']) {
    for (const theme of ['light', 'dark']) {
      await test(`every state, ${language}, ${theme}: axe, 390 px, targets of 48 px`, async () => {
        await open(language, theme)
        must(await page.innerText('h1') === words[language].title, await page.innerText('h1'))
        await axe()
        await tidy()
        for (const [state, receipt] of [['waiting', waiting], ['negative', negative.toLowerCase().replaceAll('-', ' ')], ['unknown', unknown]]) {
          await ask(receipt)
          await page.waitForFunction((wanted) => document.querySelector('#state')?.innerText === wanted, words[language][state])
          must(await page.evaluate(() => document.activeElement.id) === 'answer', 'the answer has no focus')
          must(await page.isVisible('#exercise'), 'not marked as an exercise')
          const times = await page.innerText('#times')
          must(/2022-03-17 23:3\d/.test(times), 'no time of the outbreak: ' + times)
          must(times.split('\n').length >= { waiting: 2, negative: 3, unknown: 1 }[state], times)
          await axe()
          await tidy()
          await shot(`${state}-${language}-${theme}`)
        }
        await ask(waiting.slice(0, -1) + (waiting.endsWith('A') ? 'B' : 'A'))
        must((await page.innerText('#problem')).startsWith(words[language].wrong), 'a wrong code is not told')
        must(await page.isHidden('#answer'), 'an old answer stays')
        await axe()
        clean()
      })
    }
  }
  await test('the language changes what is already shown', async () => {
    await open('zh')
    await ask(negative)
    await page.click('#language')
    must(await page.innerText('#state') === 'Negative' && await page.getAttribute('html', 'lang') === 'en', await page.innerText('main'))
    clean()
  })
  await test('a scanned code asks by itself and does not stay in the address', async () => {
    await open('zh', 'light', '#' + waiting)
    await page.waitForSelector('#answer.waiting')
    must(page.url() === base + '/result/', page.url())
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie].join())
    must(kept === '0,0,', 'something is kept: ' + kept)
    clean()
  })
  await test('prints the answer and where to check it, without the form', async () => {
    await open('zh', 'dark')
    await ask(negative)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    must(await page.isHidden('#receipt-form') && await page.isHidden('#language'), 'the form is on paper')
    const text = await page.innerText('#answer')
    must(text.includes('阴性') && text.includes(negative) && text.includes('/result/'), text)
    must(await page.evaluate(() => getComputedStyle(document.body).backgroundColor) === 'rgb(255, 255, 255)', 'not black on white')
    must((await page.pdf({ format: 'A4' })).subarray(0, 5).toString() === '%PDF-', 'no PDF')
    await page.setViewportSize({ width: 794, height: 1123 })
    await shot('print')
    await page.setViewportSize({ width: 390, height: 844 })
    clean()
  })
  await test('document number and one-time code, by keyboard', async () => {
    await open('en')
    await page.focus('#by-document')
    await page.keyboard.press('Enter')
    await axe()
    await tidy()
    await shot('document-en')
    await page.fill('#document', document18)
    await page.focus('#send')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#problem.taken')
    must(await page.evaluate(() => document.activeElement.id) === 'code', 'the code is not asked for')
    let message
    for (let turn = 0; !message && turn < 50; turn++) {
      for (const row of (await call('GET', '/queries/messages')).json.rows) {
        const one = (await call('GET', `/queries/message?message=${row.message}`)).json
        if (one.phone === phone) message = one
      }
    }
    const wrong = String((Number(message.text) + 1) % 1e6).padStart(6, '0')
    await page.keyboard.type(wrong)
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => /no longer valid/.test(document.querySelector('#problem').textContent))
    await page.fill('#code', message.text)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#answer.waiting')
    clean()
  })
  await test('without network it says so and goes on afterwards', async () => {
    await open('zh')
    await context.setOffline(true)
    await ask(unknown)
    must((await page.innerText('#problem')).includes('网络'), await page.innerText('#problem'))
    await context.setOffline(false)
    problems.splice(0) // the browser tells of the lost request
    await page.click('#receipt-form button.main')
    await page.waitForSelector('#answer.unknown')
    clean()
  })
  /* --- the page for antigen self tests --- */
  // 64 x 48 pixels drawn by the browser itself, with Exif put in as a camera does.
  async function cardPhoto() {
    await open('zh')
    const drawn = await page.evaluate(() => {
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: 2400, height: 1800 })
      const pen = canvas.getContext('2d')
      for (let i = 0; i < 4000; i++) { pen.fillStyle = `hsl(${i * 37 % 360} 60% 60%)`; pen.fillRect(i * 61 % 2400, i * 97 % 1800, 90, 60) }
      return canvas.toDataURL('image/jpeg', 0.95).split(',')[1]
    })
    const bytes = Buffer.from(drawn, 'base64'), exif = Buffer.from('ffe100144578696600004d4d002a0000000800000000', 'hex')
    return Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)])
  }
  async function openKit(language, theme, kit) {
    await page.emulateMedia({ colorScheme: theme, media: null })
    await page.goto('about:blank')
    await page.goto(base + '/result/antigen.html' + (kit ? '#' + kit : ''), { waitUntil: 'load' })
    if (await page.getAttribute('html', 'lang') !== (language === 'zh' ? 'zh-CN' : 'en')) await page.click('#language')
  }
  const picture = await cardPhoto()
  await test('a self test is told in 4 actions: scan, lines, photo, send', async () => {
    requests.length = 0
    await openKit('zh', 'light', kits[0]) // 1 the camera opens the code of the label
    await page.waitForSelector('#test-form:not([hidden])')
    must(page.url() === base + '/result/antigen.html', 'the code stays in the address: ' + page.url())
    must(await page.isHidden('#who') && (await page.innerText('#advice')).includes('24'), await page.innerText('main'))
    await tidy()
    await axe()
    await shot('antigen-form-zh-light')
    await page.check('input[value=positive]') // 2
    await page.setInputFiles('#photo', { name: 'card.jpg', mimeType: 'image/jpeg', buffer: picture }) // 3
    await page.waitForSelector('#preview:not([hidden])')
    await shot('antigen-photo-zh-light')
    await page.click('#test-form button.main') // 4
    await page.waitForSelector('#answer.positive')
    must((await page.innerText('#meaning')).includes('核酸'), await page.innerText('main'))
    await tidy()
    await axe()
    await shot('antigen-positive-zh-light')
    const own = requests.filter((request) => request.url().startsWith(base))
    let bytes = 0
    for (const request of own) { const sizes = await request.sizes(); bytes += (await (await request.response()).body()).length + sizes.responseHeadersSize }
    must(bytes <= WEIGHT && own.every((request) => !request.url().includes(kits[0])), `${bytes} bytes`)
    must(foreign().length === 0, foreign().map((request) => request.url()).join(' '))
    clean()
  })
  await test('the photo arrives small, without the notes of the camera', async () => {
    const [row] = (await call('GET', '/queries/antigen_tests')).json.rows
    must(row.photo && row.outcome === 'positive' && row.self, JSON.stringify(row))
    const shown = (await call('POST', '/antigen/photo', { antigen: row.antigen, reason: '判读' })).json, bytes = Buffer.from(shown.photo, 'base64')
    must(shown.width === 1024 && shown.height === 768 && bytes.length < 256 * 1024 && !bytes.includes('Exif') && picture.includes('Exif'), `${shown.width} x ${shown.height}, ${bytes.length}`)
  })
  for (const [language, theme, kit] of [['en', 'dark', kits[4]], ['zh', 'dark', kits[5]]]) {
    await test(`with several people behind a door it asks who, ${language}, ${theme}`, async () => {
      await openKit(language, theme)
      await page.fill('#kit', kit.slice(0, -1) + (kit.endsWith('A') ? 'B' : 'A'))
      await page.keyboard.press('Enter')
      must(await page.isVisible('#problem'), 'a wrong code is not told')
      await page.fill('#kit', kit.toLowerCase())
      await page.keyboard.press('Enter')
      await page.waitForSelector('#who:not([hidden])')
      must(/赵\*+/.test(await page.innerText('#people')) && !(await page.innerText('#people')).includes('某'), await page.innerText('#people'))
      await page.check('input[value=invalid]')
      await page.click('#test-form button.main')
      must(await page.isVisible('#problem'), 'nobody was chosen and it is not told')
      await page.check('#people label:nth-child(2) input')
      await tidy()
      await axe()
      await shot(`antigen-who-${language}-${theme}`)
      await page.click('#test-form button.main')
      await page.waitForSelector('#answer.invalid')
      await openKit(language, theme, kit)
      await page.waitForSelector('#answer.used')
      await axe()
      clean()
    })
  }
  await test('a report sent without network is sent again as the same one', async () => {
    await openKit('en', 'light', kits[1])
    await page.check('input[value=negative]')
    await context.setOffline(true)
    await page.click('#test-form button.main')
    await page.waitForFunction(() => /No connection/.test(document.querySelector('#problem').textContent))
    await context.setOffline(false)
    problems.splice(0) // the browser tells of the lost request
    await page.click('#test-form button.main')
    await page.waitForSelector('#answer.negative')
    must((await call('GET', '/queries/antigen_tests')).json.rows.filter((row) => row.outcome === 'negative').length === 1, 'told twice')
    clean()
  })
} finally {
  await context.close().catch(() => undefined)
  await ended(server)
  rmSync(folder, { recursive: true, force: true })
  rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed ? 1 : 0)
