// The phone page in Chromium at 390x844, served by the real program over HTTPS on a name that is not localhost: a fake camera that
// sees printed labels, a network that is cut, a browser that is killed. Prints `ok NAME` and `FAIL NAME`.
//   node phone.mjs --binary PROGRAM [--screens DIR]
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { ended } from './ended.mjs'
import { writeFilm } from './film.mjs'
import { secondDoor } from './second_door.mjs'

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // our own certificate, made below
process.removeAllListeners('warning')
process.on('warning', () => undefined)
const argument = (name) => { const at = process.argv.indexOf('--' + name); return at > 0 ? process.argv[at + 1] : undefined }
const binary = argument('binary'), screensDir = argument('screens'), only = argument('only')
const folder = mkdtempSync(join(tmpdir(), 'bihuan-phone-')), name = 'bihuan.test'
const port = await new Promise((done) => { const probe = createServer().listen(0, '127.0.0.1', () => { const free = probe.address().port; probe.close(() => done(free)) }) })
const base = `https://${name}:${port}`, local = `https://127.0.0.1:${port}`
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const secret = 'a long walk from door to door'

let passed = 0, failed = 0
async function test(title, run) {
  if (only && !title.includes(only)) return
  const began = Date.now()
  try {
    await run()
    passed++
    console.log(`ok   phone: ${title} (${Date.now() - began} ms)`)
  } catch (error) {
    failed++
    console.log(`FAIL phone: ${title}: ${String(error.message ?? error).split('\n').slice(0, 8).join('\n     ')}`)
    if (page && screensDir) await page.screenshot({ path: join(screensDir, `phone-failed-${failed}.png`) }).catch(() => undefined)
  }
}
function must(condition, message) { if (!condition) throw new Error(message) }

// --- the server ---
function makeCertificate() {
  const done = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem'), '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`])
  must(done.status === 0, 'openssl: ' + done.stderr)
  const spki = spawnSync('sh', ['-c', `openssl x509 -in ${join(folder, 'cert.pem')} -pubkey -noout | openssl pkey -pubin -outform der`])
  return createHash('sha256').update(spki.stdout).digest('base64')
}
let server = null, output = ''
async function serve() {
  server = spawn(binary, ['serve', '--data', join(folder, 'data'), '--port', String(port), '--lang', 'en', '--tls', `${join(folder, 'cert.pem')},${join(folder, 'key.pem')}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  server.stdout.on('data', (text) => { output += text })
  for (let turn = 0; turn < 100; turn++) {
    if (await fetch(local + '/readyz').then((answer) => answer.ok, () => false)) return
    await pause(100)
  }
  throw new Error('the server did not become ready: ' + output)
}
const pause = (ms) => new Promise((done) => { setTimeout(done, ms) })

class Client {
  cookie = ''
  csrf = ''
  async ask(method, path, body, headers = {}) {
    const answer = await fetch(local + '/api/v1' + path, { method, headers: { ...(body && { 'Content-Type': 'application/json' }), ...(this.cookie && { Cookie: this.cookie }), ...(this.csrf && { 'X-Bihuan-CSRF': this.csrf }), ...headers }, ...(body && { body: JSON.stringify(body) }) })
    const set = answer.headers.get('set-cookie')
    if (set) this.cookie = set.split(';')[0]
    const json = await answer.json().catch(() => null)
    if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`), { status: answer.status })
    if (json?.csrf) this.csrf = json.csrf
    return json
  }
  run(command, body) { return this.ask('POST', '/commands/' + command, body, { 'Idempotency-Key': Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex') }) }
  query(query, params = {}) { return this.ask('GET', `/queries/${query}?${new URLSearchParams(params)}`) }
  async user(login, role, area) {
    const { user } = await this.run('register_user', { display: login })
    await this.run('grant_role', { user, role, area })
    await this.ask('POST', '/account', { user, login, password: 'first secret of it' })
    const own = new Client()
    await own.ask('POST', '/login', { login, password: 'first secret of it' })
    await own.ask('POST', '/password', { old: 'first secret of it', new: secret })
    return user
  }
}

const area = '220202', community = '220202001001'
const documentOf = (index) => { const text = '220202' + '19800101' + String(index).padStart(3, '0'), weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]; return text + '10X98765432'[[...text].reduce((sum, digit, at) => sum + weights[at] * Number(digit), 0) % 11] }
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** ISO 7064 MOD 37,36, written from the standard and not from the page. */
function checked(text) {
  let p = 36
  for (const c of text.replace(/[^0-9A-Z]/g, '')) { const s = (p + letters.indexOf(c)) % 36; p = (s === 0 ? 36 : s) * 2 % 37 }
  return text + letters[(37 - p) % 36]
}

async function prepare() {
  spawnSync(binary, ['init', '--data', join(folder, 'data'), '--name', 'phone', '--start', '2022-03-17T08:00:00+08:00'])
  await serve()
  const admin = new Client()
  await admin.ask('POST', '/first-run', { token: /token=(\S+)/.exec(output)[1], login: 'admin', display: '管理员', password: secret })
  await admin.run('set_exercise_clock', { speed: 1, run: true }) // the log's clock goes as that of the phones
  const { institution: team } = await admin.run('register_institution', { kind: 'sampling_team', name: '采样一队', area })
  const { institution: lab } = await admin.run('register_institution', { kind: 'laboratory', name: '检测所', area })
  const { roll } = await admin.run('open_roll', { area, name: '昌邑区名册' })
  const homes = []
  for (let home = 0; home < 30; home++) homes.push({ building: 1 + Math.floor(home / 10), unit: 1 + Math.floor(home / 5) % 2, door: `${1 + home % 5}0${1 + home % 2}`, residents: Array.from({ length: 4 }, (_, i) => ({ name: '赵钱孙李周吴郑王冯陈'[home % 10] + '一二三四'[i], document: documentOf(home * 4 + i), category: 'permanent', key: home === 29, ...(i === 1 && { phone: `1390000${String(home).padStart(4, '0')}` }) })) })
  await admin.run('list_residents', { roll, area: community, households: homes })
  await admin.run('tell_capacity', { institution: lab, tubes_per_hour: 1000 })
  await admin.run('tell_capacity', { institution: team, samplers: 20 })
  const { round } = await admin.run('order_round', { area, roll, starts: '2022-03-17T08:00:00+08:00', accept_shortfall: '当日到位' })
  const { site } = await admin.run('open_site', { round, area: community, institution: team, name: '广场一号点', stations: 2, samplers: 2 })
  const user = await admin.user('sampler', 'sampler', area), other = await admin.user('second', 'sampler', area)
  await admin.user('leader', 'site_leader', area)
  await admin.user('courier', 'courier', area)
  const { institution: van } = await admin.run('register_institution', { kind: 'transfer_team', name: '转运一队', area })
  return { admin, roll, round, site, user, other, van, lab }
}

// --- the browser ---
let context = null, page = null
const problems = [], shakes = {}
async function open(profile, film) {
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', `--host-resolver-rules=MAP ${name} 127.0.0.1`, `--ignore-certificate-errors-spki-list=${spki}`, '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', ...(film ? [`--use-file-for-fake-video-capture=${film}`] : [])]
  const made = await chromium.launchPersistentContext(join(folder, profile), { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  made.setDefaultTimeout(15000)
  await made.addInitScript(() => { window.__shakes = []; navigator.vibrate = (pattern) => { window.__shakes.push(JSON.stringify(pattern)); return true } })
  // No telephone here: a call is only noted.
  await made.addInitScript(() => { addEventListener('click', (event) => { const link = event.target.closest?.('a[href^="tel:"]'); if (link) { window.__called = link.href; event.preventDefault() } }, true) })
  return made
}
async function visit(made, where = base) {
  const fresh = made.pages()[0] ?? await made.newPage()
  fresh.on('console', (message) => { if (message.type() === 'error' && !/status of (401|409|410|422)|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_FAILED|ERR_CONNECTION|ERR_NETWORK/.test(message.text())) problems.push(message.text()) })
  fresh.on('pageerror', (error) => problems.push(String(error)))
  await fresh.goto(where + '/phone/')
  await fresh.waitForSelector('html[data-ready=yes]')
  return fresh
}
/** As a hand scanner types: fast, with Enter at the end. */
async function scan(text, on = page) {
  await on.waitForSelector('section.camera:not([data-state=off])') // the screen listens
  await on.evaluate((all) => { document.activeElement?.blur?.(); for (const key of [...all, 'Enter']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })) }, text)
}
async function said(kind, on = page) { await on.waitForSelector(`#said.${kind}`); return on.innerText('#said') }
async function scanned(text, kind, on = page) {
  const before = await on.getAttribute('#said', 'data-at')
  await scan(text, on)
  await on.waitForFunction((old) => document.querySelector('#said')?.dataset.at !== old && document.querySelector('#said')?.dataset.at, before ?? undefined)
  const found = await on.getAttribute('#said', 'class')
  must(found === 'said ' + kind, `${text}: ${found} instead of ${kind}: ${await on.innerText('#said')}`)
  return on.innerText('#said')
}
async function bound(number, on = page) { await on.waitForFunction((n) => document.querySelector('#count')?.textContent === String(n), number) }
async function axe() {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')}`))
  must(found.length === 0, 'axe: ' + found.join('\n'))
}
async function tidy() {
  const found = await page.evaluate(() => {
    const out = []
    if (document.documentElement.scrollWidth > innerWidth) out.push(`page is ${document.documentElement.scrollWidth} wide`)
    for (const each of document.querySelectorAll('button, a.button, select, input:not([type=checkbox]), label.tick')) { const box = each.getBoundingClientRect(); if (box.width && (box.height < 47.5 || box.width < 44)) out.push(`small: ${each.textContent.trim().slice(0, 20) || each.id} ${Math.round(box.width)}x${Math.round(box.height)}`) }
    if (/undefined|NaN|\[object/.test(document.body.innerText)) out.push('raw value: ' + document.body.innerText.match(/.{0,20}(undefined|NaN|\[object).{0,20}/)[0])
    return out
  })
  must(found.length === 0, found.join('; '))
}
/** The choice is kept before the page is drawn anew: its button, which names the other language, tells when it is. */
async function speak(language) {
  if ((await page.getAttribute('html', 'lang')).slice(0, 2) !== language) await page.click('.language')
  await page.waitForFunction((other) => document.querySelector('.language')?.textContent === other, language === 'zh' ? 'English' : '中文')
}
async function look(title) {
  for (const language of ['zh', 'en']) {
    await speak(language)
    await page.waitForTimeout(100)
    if (screensDir) await page.screenshot({ path: join(screensDir, `phone-${title}-${language}.png`) })
    if (language === 'en') { const rest = (await page.evaluate(() => document.body.innerText)).replace(/中文|[赵钱孙李周吴郑王冯陈一二三四*＊]|广场一号点|昌邑区|管理员|转运一队|检测所|[\u4e00-\u9fff]+社区/g, '').match(/[\u4e00-\u9fff]+/g); must(!rest, 'Chinese left on the English page: ' + rest) }
    await tidy()
    await axe()
  }
  await speak('zh')
}
async function allSent(on = page) { await pause(500); await on.waitForFunction(() => document.querySelector('.bar')?.className.includes('fine'), null, { timeout: 30000 }) }
async function waitingCount() { return page.evaluate(() => new Promise((done) => { const ask = indexedDB.open('bihuan-phone'); ask.onsuccess = () => { const step = ask.result.transaction(['records', 'receipts']), records = step.objectStore('records').getAllKeys(), receipts = step.objectStore('receipts').getAllKeys(); step.oncomplete = () => { const known = new Set(receipts.result); ask.result.close(); done(records.result.filter((key) => !known.has(key)).length) } } })) }
async function logIn(who, on = page) {
  await on.fill('#login', who)
  await on.fill('#password', secret)
  await on.click('form button[type=submit]')
  await on.waitForSelector('#load')
}
async function sampledNow() { return (await world.admin.query('round', { round: world.round })) }

const resident = (slot) => checked(`R${world.roll}-${slot}`), household = (slot, count) => checked(`H${world.roll}-${slot}-${count}`)
let world = null, spki = ''
if (screensDir) mkdirSync(screensDir, { recursive: true })

async function cameraTests() {
  const film = join(folder, 'film.y4m')
  writeFilm(film, [['CAMERA0001', 'CODE128'], ...Array.from({ length: 10 }, (_, i) => [resident(i + 1), i % 2 ? 'CODE128' : 'QRCODE'])])
  context = await open('camera', film)
  page = await visit(context)
  await test('a secure context on a name that is not localhost', async () => {
    const found = await page.evaluate(() => [isSecureContext, location.protocol, location.hostname])
    must(found.join() === `true,https:,${name}`, found.join())
    await page.evaluate(() => navigator.serviceWorker.ready)
  })
  await test('login and the slice of the roll, both languages', async () => {
    await look('login')
    await page.fill('#login', 'sampler')
    await page.fill('#password', 'wrong')
    await page.click('form button[type=submit]')
    await page.waitForSelector('.wrong-text')
    await logIn('sampler')
    await look('setup')
  })
  await test('a tube of ten in eleven scans by camera, under 60 s', async () => {
    await page.click('#load')
    const began = Date.now()
    await bound(10)
    const took = Date.now() - began
    must(took < 60000, `took ${took} ms`)
    must(await page.innerText('#tube') === 'CAMERA0001', 'another tube: ' + await page.innerText('#tube'))
    const shaken = await page.evaluate(() => window.__shakes)
    must(shaken.slice(0, 11).every((each) => each === '[40]') && shaken.length >= 11, 'eleven good signals: ' + shaken.slice(0, 12).join(' '))
    console.log(`     tube of ten: 11 scans, ${took} ms from the first picture of the camera`)
    if (screensDir) await page.screenshot({ path: join(screensDir, 'phone-tube-of-ten.png') })
    await page.click('#seal-tube')
    await allSent()
    must((await sampledNow()).sampled === 10, 'the server knows ' + JSON.stringify(await sampledNow()))
  })
  await context.close()
}

async function offlineTests() {
  context = await open('phone', null)
  page = await visit(context)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await page.waitForSelector('html[data-ready=yes]')
  await logIn('sampler')
  await page.click('#load')
  await page.waitForSelector('#count')
  await test('the network is cut, the page is loaded anew, and the work goes on', async () => {
    await context.setOffline(true)
    await page.reload()
    await page.waitForSelector('#count')
    must(/^新管/.test((await scanned('OFFLINE001', 'ok')).replace(/^\S+\s/, '')), 'tube: ' + await page.innerText('#said'))
    for (let slot = 11; slot <= 20; slot++) { await scan(resident(slot)); await bound(slot - 10) }
    await scanned('OFFLINE002', 'seal') // the next tube seals the last
    await bound(0)
    must(await waitingCount() === 1, 'one record waits')
    must(/1/.test(await page.innerText('#bar')), await page.innerText('#bar'))
  })
  await test('duplicate, wrong code and good one sound and shake differently', async () => {
    await page.evaluate(() => { window.__shakes.length = 0 })
    await scanned(resident(21), 'ok')
    await scanned(resident(21), 'duplicate')
    await scanned(resident(12), 'duplicate') // sealed before, and not sent yet
    await scanned(resident(2), 'duplicate') // sampled with another phone, known from the slice
    await scanned(resident(22).slice(0, -1) + (resident(22).endsWith('0') ? '1' : '0'), 'wrong')
    await scanned(documentOf(30).slice(0, 17) + (documentOf(30)[17] === '1' ? '2' : '1'), 'wrong')
    await scanned('OFFLINE001', 'duplicate') // a tube twice
    const kinds = await page.evaluate(() => [...window.__shakes])
    must(new Set(kinds).size === 3 && kinds[0] === kinds[0], kinds.join(' '))
    await bound(1)
  })
  await test('a document number finds its person on the phone', async () => {
    await scanned(documentOf(25), 'ok') // slot 26
    await bound(2)
    must(/郑/.test(await page.innerText('#said')), await page.innerText('#said'))
    await scanned(resident(26), 'duplicate')
  })
  await test('the last one can be taken out again', async () => {
    await page.click('#undo')
    await bound(1)
    await scanned(resident(26), 'ok')
    await bound(2)
    await page.click('#undo')
    await bound(1)
    await look('sample')
  })
  await test('a household of four in three actions', async () => {
    let actions = 0
    await scan('HOME0001'); actions++
    await page.waitForFunction(() => document.querySelector('#tube').textContent === 'HOME0001')
    await scan(household(33, 4)); actions++
    await page.waitForSelector('#confirm')
    await look('household')
    await page.click('#confirm'); actions++
    await bound(4)
    must(actions === 3, `${actions} actions`)
  })
  await test('who is not at home gets a reason, by the doors', async () => {
    await page.click('#tab-doors')
    await look('doors')
    await page.click('.rows button')
    await look('building')
    must(/✓/.test(await page.innerText('.chip.done')), 'a done door')
    await page.click('li:has(.chip.due) button')
    await page.waitForSelector('.members')
    await page.locator('.members input[type=checkbox]').nth(1).uncheck()
    await page.selectOption('.members select', 'refused')
    await look('absent')
    await page.click('#confirm')
    await page.waitForSelector('.chip.missed')
    await page.click('#tab-sample')
    await bound(7)
  })
  await test('the browser is killed in the middle of a tube and nothing is lost', async () => {
    const before = await waitingCount()
    const pid = Number(spawnSync('pgrep', ['-f', '--', `--user-data-dir=${join(folder, 'phone')}( |$)`], { encoding: 'utf8' }).stdout.trim().split('\n')[0])
    must(pid > 1, 'no browser')
    await scanned(resident(60), 'ok')
    await bound(8)
    process.kill(pid, 'SIGKILL')
    await context.close().catch(() => undefined)
    await pause(500)
    context = await open('phone', null)
    await context.setOffline(true)
    page = await visit(context)
    await page.waitForSelector('#count')
    await bound(8)
    must(await page.innerText('#tube') === 'HOME0001', await page.innerText('#tube'))
    must(await waitingCount() === before, `${await waitingCount()} of ${before} records`)
    await scanned(resident(60), 'duplicate')
  })
  await test('somebody without a code is added by document number', async () => {
    await page.click('#quick')
    await look('quick')
    await page.fill('#document', documentOf(70).slice(0, 17) + '#')
    must(await page.isDisabled('#by-document'), 'a wrong number is taken')
    await page.fill('#document', documentOf(70))
    await page.click('#by-document')
    await bound(9)
  })
  await test('a refusal waits for a person, and the rest of the tube is kept', async () => {
    // Another phone has sampled one of these people meanwhile; this one cannot know.
    await world.admin.run('sample_tube', { round: world.round, site: world.site, code: 'ELSEWHERE1', people: [{ slot: 60 }] })
    await page.click('#seal-tube')
    await context.setOffline(false)
    await page.click('#bar')
    await page.click('#send-now')
    // The browser may have died before it had written its cookie; then the person logs in once more.
    if (await page.waitForSelector('#again', { timeout: 5000 }).then(() => true, () => false)) {
      await page.fill('#login', 'sampler')
      await page.fill('#password', secret)
      await page.click('#again button[type=submit]')
    }
    await page.waitForSelector('.refusal', { timeout: 30000 })
    must(await waitingCount() === 0, 'the others were sent')
    await look('refusal')
    await page.click('.mend')
    await page.waitForSelector('.refusal', { state: 'detached' })
    await allSent()
    const round = await sampledNow()
    // 10 by camera, 10 offline, 1 (slot 21), 4 and 3 of households, 1 elsewhere, 1 by document
    must(round.sampled === 30, JSON.stringify(round))
    must(/\d\d:\d\d/.test(await page.innerText('#bar')), await page.innerText('#bar'))
  })
  await test('a restart of the server in the middle is not noticed', async () => {
    await page.click('#tab-sample')
    await scanned('RESTART001', 'ok')
    await scanned(resident(80), 'ok')
    await ended(server, 'SIGKILL')
    await page.click('#seal-tube')
    await pause(1000)
    must(await waitingCount() === 1, 'it waits')
    await serve()
    await page.click('#bar')
    for (let turn = 0; turn < 20 && await waitingCount(); turn++) { await page.click('#send-now'); await pause(500) }
    await allSent()
    must((await sampledNow()).sampled === 31, JSON.stringify(await sampledNow()))
  })
}

async function bundleTests() {
  await test('unsent records leave as pictures that another phone reads in', async () => {
    await page.click('#tab-sample')
    await context.setOffline(true)
    await scanned('BUNDLE0001', 'ok')
    await scanned(resident(81), 'ok')
    await scanned('BUNDLE0002', 'seal')
    await scanned(resident(82), 'ok')
    await page.click('#seal-tube')
    await page.click('#bar')
    await page.click('#pictures')
    await page.waitForSelector('#frame')
    const code = await page.innerText('#bundle-code'), frames = new Map()
    const all = Number(/BQ1:[^:]+:\d+:(\d+):/.exec(await page.getAttribute('#frame', 'data-text'))[1])
    for (let turn = 0; turn < 60 && frames.size < all; turn++) { const text = await page.getAttribute('#frame', 'data-text'); frames.set(text, true); await pause(300) }
    must(frames.size === all, `${frames.size} of ${all} pictures`)
    await look('pictures')
    await page.click('#file')
    await page.waitForSelector('#download')
    const fileCode = await page.innerText('#bundle-code'), coming = page.waitForEvent('download')
    await page.click('#download')
    const bytes = readFileSync(await (await coming).path())
    const second = await open('second', null), other = await visit(second)
    try {
      await logIn('second', other)
      await other.click('#load')
      await other.waitForSelector('#count')
      await other.click('#bar')
      await other.click('#read-in')
      await other.waitForSelector('#bundle-typed')
      for (const text of [...frames.keys()].reverse()) await scan(text, other)
      await other.waitForFunction(() => document.querySelector('#said').classList.contains('ok'))
      await other.fill('#bundle-typed', 'AAAA-BBBB-CCCC')
      await other.click('#read')
      await said('wrong', other)
      await other.fill('#bundle-typed', code.toLowerCase())
      await other.click('#read')
      await allSent(other)
      must((await sampledNow()).sampled === 33, JSON.stringify(await sampledNow()))
      await other.click('#read-in') // the same by file: nothing new in it
      await other.setInputFiles('#bundle-file', { name: 'unsent.bundle', mimeType: 'application/octet-stream', buffer: bytes })
      await other.fill('#bundle-typed', fileCode)
      await other.click('#read')
      await other.waitForFunction(() => /\b0\b|读入 0/.test(document.querySelector('#said')?.innerText ?? ''))
      await pause(500)
      must((await sampledNow()).sampled === 33, 'read in by file, too')
    } finally { await second.close() }
    // The first phone comes back, too, and sends the same: it counts once, and nobody is troubled.
    await context.setOffline(false)
    await page.click('#send-now')
    await allSent()
    must((await sampledNow()).sampled === 33, JSON.stringify(await sampledNow()))
    must(!await page.$('.refusal'), 'a refusal')
  })
  await test('a box is sealed only when the hand counts what the phone counted', async () => {
    await page.click('#tab-seal')
    await page.waitForSelector('.tubes li')
    const tubes = await page.locator('.tubes li').count()
    must(tubes === 6, `${tubes} tubes to box`)
    await scanned('OFFLINE001', 'ok') // a tube is compared, a new code is the box
    await scanned('BOX00001', 'ok')
    must(await page.inputValue('#box') === 'BOX00001', 'the box code')
    await page.fill('#typed', '5')
    await page.waitForSelector('.wrong-text')
    must(await page.isDisabled('#seal-box'), 'a mismatch is let through')
    await look('seal')
    await page.fill('#typed', '6')
    await page.click('#seal-box')
    await page.waitForSelector('.tubes li', { state: 'detached' })
    await allSent()
    const [box] = (await world.admin.query('boxes', { round: world.round })).rows
    must(box?.code === 'BOX00001' && box.tubes === 6 && box.state === 'sealed', JSON.stringify(box))
  })
  await test('headquarters empties the phone', async () => {
    await page.click('#tab-more')
    await page.waitForTimeout(300)
    await look('more')
    await page.click('#theme')
    await look('dark')
    await world.admin.ask('POST', '/account/wipe', { user: world.user })
    // It asks by itself within minutes; a tap makes it ask now.
    await page.click('#bar').then(() => page.click('#send-now', { timeout: 2000 })).catch(() => undefined)
    await page.waitForSelector('.warn[role=alert]', { timeout: 20000 })
    const left = await page.evaluate(() => new Promise((done) => { const ask = indexedDB.open('bihuan-phone'); ask.onsuccess = () => { const names = [...ask.result.objectStoreNames], step = ask.result.transaction(names), counts = names.map((name) => step.objectStore(name).count()); step.oncomplete = () => done(counts.reduce((sum, each) => sum + each.result, 0)) } }))
    must(left === 0, `${left} rows left`)
    await look('wiped')
  })
}

async function leaderTests() {
  await later(10) // the exercise's clock stood while the server was down, that of the phones did not: it catches up
  const made = await open('leader', null)
  context = made
  page = await visit(made)
  await logIn('leader')
  await page.click('#load')
  await page.waitForSelector('#count')
  await test('the site board, the queue told, the missed list, and what closing asks for', async () => {
    await page.click('#tab-site')
    await page.waitForFunction(() => /\d/.test(document.querySelector('.numbers dd')?.textContent ?? ''))
    must(/33/.test(await page.innerText('.numbers')), await page.innerText('.numbers'))
    await page.fill('#queue', '40')
    await page.fill('#waiting', '25')
    await page.fill('#samplers', '3')
    await page.click('form button[type=submit]')
    await allSent()
    const rows = (await world.admin.query('round_sites', { round: world.round })).rows
    must(rows[0].queue === 40 && rows[0].waiting_minutes === 25, JSON.stringify(rows))
    await look('site')
    await page.getByRole('button', { name: /未采名单/ }).click()
    await page.waitForSelector('.rows li')
    await look('missed')
  })
  await test('a missing household is called in one tap, and the look is noted', async () => {
    await page.locator('li.calls .call').first().click()
    await page.waitForSelector('a.call')
    const called = await (await page.waitForFunction(() => window.__called)).jsonValue() // by itself, a moment after it is drawn
    must(/^tel:1390000\d{4}$/.test(called), called)
    await look('call')
    await world.admin.user('auditor', 'audit_admin', '220000')
    const auditor = new Client()
    await auditor.ask('POST', '/login', { login: 'auditor', password: secret })
    const noted = (await auditor.query('audit', { limit: 200 })).rows.filter((row) => row.action === 'reveal')
    must(noted.length === 1 && /^roll \d+ slot \d+$/.test(noted[0].detail), JSON.stringify(noted))
  })
  await test('tubes are asked for in three taps, and the answer comes back', async () => {
    await page.click('#tab-site')
    await page.click('#ask-tubes')
    await page.locator('.amounts button').nth(2).click()
    await look('request')
    await page.click('#ask')
    await allSent()
    const [asked] = (await world.admin.query('round_requests', { round: world.round, state: 'open' })).rows
    must(asked.kind === 'tubes' && asked.count === 200 && asked.site === world.site, JSON.stringify(asked))
    const duty = (await world.admin.query('loops', { rule: 'answer_request' })).rows
    must(duty.length === 1 && duty[0].state === 'open', JSON.stringify(duty))
    await world.admin.run('send_supplies', { request: asked.request, count: 150 })
    await page.waitForFunction(() => /150/.test(document.querySelector('#requests .chip.done')?.textContent ?? ''), null, { timeout: 20000 })
    await look('answered')
  })
  await test('how long a binding can be undone is what the plan says, kept on the phone', async () => {
    const kept = () => page.evaluate(() => new Promise((done) => { const ask = indexedDB.open('bihuan-phone'); ask.onsuccess = () => { const found = ask.result.transaction('meta').objectStore('meta').get('settings'); found.onsuccess = () => { ask.result.close(); done(found.result.undoMinutes) } } }))
    must(await kept() === 10, `${await kept()} minutes`)
    await world.admin.run('adopt_plan_layer', { area, text: ['layer: short-undo', 'extends: cn-base', 'kind: order', 'title: {zh: "试", en: "test"}', 'from: "2022-03-14T00:00:00+08:00"', 'to: ""', 'area: "220202"', 'source: {zh: "试", en: "test", mark: L}', 'params:', '  sample_undo_within: {value: PT3M, unit: duration, title: {zh: "误采可撤销时限", en: "A wrong binding can be undone within"}, source: R0, mark: L}', 'duties: {}', ''].join('\n') })
    for (let turn = 0; turn < 60 && await kept() !== 3; turn++) await pause(250)
    must(await kept() === 3, `${await kept()} minutes`)
  })
  await made.close()
}

/** A picture of four by four, as a camera would hand it over. */
function picture() {
  const chunk = (kind, data) => { const body = Buffer.concat([Buffer.from(kind), data]), size = Buffer.alloc(4), check = Buffer.alloc(4); size.writeUInt32BE(data.length); check.writeUInt32BE(crcOf(body)); return Buffer.concat([size, body, check]) }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(4, 0); head.writeUInt32BE(4, 4); head[8] = 8; head[9] = 2
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc(4 * 13))), chunk('IEND', Buffer.alloc(0))])
}
function crcOf(bytes) {
  let crc = -1
  for (const byte of bytes) { crc ^= byte; for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1 }
  return ~crc >>> 0
}
/** The laboratory's side of a receipt as a code, written from its description and not from the console. */
function offerOf(box, counted, missing, damaged, receiver) { return checked(['BR1', box.box, box.code, world.lab, counted, 48, missing.join('.'), damaged.map((code) => code + '-0').join('.'), Buffer.from(receiver).toString('hex').toUpperCase()].join(':') + ':') }
async function later(minutes) { const { now } = await world.admin.query('round', { round: world.round }); await world.admin.run('set_exercise_clock', { jump_to: new Date(Date.parse(now) + minutes * 60000).toISOString(), run: true }) }

async function courierTests() {
  // A second box, on its way already.
  const { round, site, van, admin } = world
  for (const [code, slot] of [['SECOND0001', 90], ['SECOND0002', 91]]) await admin.run('sample_tube', { round, site, code, people: [{ slot }] })
  const { box: second } = await admin.run('seal_box', { round, site, code: 'BOX00002', tubes: [{ code: 'SECOND0001' }, { code: 'SECOND0002' }], count: 2 })
  await admin.run('pick_up_box', { box: second, institution: van, count: 2, from_signature: '李采样', courier_signature: '王转运' })
  const made = await open('courier', null)
  context = made
  page = await visit(made)
  await page.fill('#login', 'courier')
  await page.fill('#password', secret)
  await page.click('form button[type=submit]')
  await test('a courier takes a box and tells of an incident, without network in between', async () => {
    await page.waitForSelector('.rows li button')
    await look('carry')
    await made.setOffline(true)
    await scanned('BOX00001', 'ok')
    await page.fill('#carry-count', '6')
    await page.fill('#carry-temperature', '4.5')
    await page.selectOption('#carry-institution', String(world.van))
    must(await page.inputValue('#carry-to') === 'courier', 'the courier signs with his own name: ' + await page.inputValue('#carry-to'))
    await page.fill('#carry-from', 'courier')
    must(await page.isDisabled('form button[type=submit]'), 'one person signs twice')
    await page.fill('#carry-from', '李采样')
    await page.click('form button[type=submit]')
    await page.waitForFunction(() => /BOX00001/.test(document.querySelector('#said.ok')?.innerText ?? ''))
    await page.locator('.actions.wide button').nth(2).click()
    await page.setInputFiles('#incident-photo', { name: 'spill.png', mimeType: 'image/png', buffer: picture() })
    await page.waitForSelector('canvas.photo:not([hidden])')
    await look('incident')
    await page.click('#incident-lost')
    await page.waitForSelector('.warn[role=alert]') // asked twice
    await page.click('#incident-spill')
    must(await waitingCount() === 2, `${await waitingCount()} wait`)
    await made.setOffline(false)
    await page.click('#bar')
    await page.click('#send-now')
    await allSent()
    const [box] = (await world.admin.query('boxes', { round: world.round })).rows
    must(box.state === 'on_the_way' && box.courier === world.van && box.incidents === 1 && box.differences === 0, JSON.stringify(box))
    const [incident] = (await admin.query('box', { code: 'BOX00001' })).incidents
    must(incident.kind === 'spill' && incident.photo, JSON.stringify(incident))
  })
  await test('the warnings on the way are those of the plan, also without network', async () => {
    const chip = (text) => page.waitForFunction((wanted) => [...document.querySelectorAll('.chip')].some((each) => each.textContent.includes(wanted)), text)
    await page.click('#tab-carry')
    await later(125)
    await page.getByRole('button', { name: '刷新' }).click()
    await chip('超过 2 小时')
    await later(120)
    await page.getByRole('button', { name: '刷新' }).click()
    await chip('超过 4 小时')
    await made.setOffline(true)
    await page.reload()
    await chip('超过 4 小时')
    await look('late')
  })
  await test('two scans hand a box over, and both sides hold the proof', async () => {
    const box = await admin.query('box', { code: 'BOX00001' }), codes = box.tubes.map((tube) => tube.code), offer = offerOf(box, codes.length - 1, [codes[0]], [codes[1]], '赵一')
    await scanned(offer, 'wrong') // the box first
    await scanned(offer.slice(0, -1) + (offer.endsWith('0') ? '1' : '0'), 'wrong')
    await scanned('BOX00001', 'ok')
    await scanned(offer, 'seal')
    await scanned(offer, 'duplicate')
    await page.waitForSelector('#proofs .chip.due') // not sent yet
    await made.setOffline(false)
    await page.click('#bar')
    await page.click('#send-now')
    await allSent()
    await page.click('#tab-carry')
    await page.waitForSelector('#proofs .chip.done')
    must(/检测所.*赵一/.test(await page.innerText('#proofs')), await page.innerText('#proofs'))
    await look('proof')
    const found = (await admin.query('boxes', { round })).rows.find((row) => row.code === 'BOX00001')
    must(found.state === 'received' && found.laboratory === world.lab && found.missing === 1 && found.damaged === 1 && found.differences === 1, JSON.stringify(found))
  })
  await test('missing and damaged tubes are told without a code, too', async () => {
    await scanned('BOX00002', 'ok')
    await page.fill('#carry-count', '1')
    await page.selectOption('#carry-institution', String(world.lab))
    await page.fill('#carry-to', '赵一')
    await page.selectOption('#exception-tube', 'SECOND0001')
    await page.click('#exception-add')
    await page.selectOption('#exception-tube', 'SECOND0002')
    await page.selectOption('#exception-mark', 'leak')
    await page.click('#exception-add')
    await look('exceptions')
    await page.click('form button[type=submit]')
    await allSent()
    const found = (await admin.query('boxes', { round })).rows.find((row) => row.code === 'BOX00002')
    must(found.state === 'received' && found.missing === 1 && found.damaged === 1, JSON.stringify(found))
  })
  await made.close()
}

async function updateTests() {
  const door = await secondDoor({ key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem'), port })
  const made = await open('update', null)
  context = made
  page = await visit(made, `https://${name}:${door.port}`)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await page.waitForSelector('html[data-ready=yes]')
  await logIn('second')
  await page.click('#load')
  await page.waitForSelector('#count')
  await test('a new version of the page is offered when no tube is open, and nothing is lost by taking it', async () => {
    const before = (await sampledNow()).sampled
    await scanned('UPDATE0001', 'ok')
    await scanned(resident(101), 'ok')
    door.cut(true)
    await scanned('UPDATE0002', 'seal')
    await scanned(resident(102), 'ok')
    door.renew()
    await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update() })
    await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration()).waiting !== null)
    await pause(500)
    must(!await page.$('.update'), 'offered while somebody samples')
    await page.click('#tab-more')
    await pause(300)
    must(!await page.$('.update'), 'offered while a tube is open')
    await page.click('#tab-sample')
    await page.click('#seal-tube')
    await bound(0)
    await page.click('#tab-more')
    await page.waitForSelector('.update')
    await look('update')
    must(await waitingCount() === 2, `${await waitingCount()} wait before`)
    await Promise.all([page.waitForNavigation(), page.click('.update button')])
    await page.waitForSelector('html[data-ready=yes]')
    await page.waitForFunction(async (version) => (await caches.keys()).join() === 'bihuan-phone-' + version, door.version)
    must(await waitingCount() === 2, `${await waitingCount()} wait afterwards`)
    await page.click('#tab-sample')
    await scanned('UPDATE0003', 'ok')
    await scanned(resident(101), 'duplicate')
    await scanned('UPDATE0001', 'duplicate')
    door.cut(false)
    await page.click('#bar')
    for (let turn = 0; turn < 20 && await waitingCount(); turn++) { await page.click('#send-now'); await pause(500) }
    await allSent()
    must((await sampledNow()).sampled === before + 2, JSON.stringify(await sampledNow()))
  })
  await made.close()
  door.close()
}

try {
  spki = makeCertificate()
  world = await prepare()
  await cameraTests()
  await offlineTests()
  await bundleTests()
  await context.close()
  await leaderTests()
  await courierTests()
  await updateTests()
  await test('no error in the browser’s console', async () => must(problems.length === 0, problems.slice(0, 5).join(' | ')))
} catch (error) {
  failed++
  console.log('FAIL phone: ' + String(error.stack ?? error).slice(0, 1500))
} finally {
  await context?.close().catch(() => undefined)
  await ended(server, 'SIGKILL')
  if (!process.env.KEEP) rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed ? 1 : 0)
