// Walks the screens of a round on the real program: both languages, desk and phone, axe, keyboard, and what one does there.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Desk, must } from './desk.mjs'
import { ended } from './ended.mjs'
import { World, password } from './round_world.mjs'

const argument = (name) => { const i = process.argv.indexOf('--' + name); return i > 0 ? process.argv[i + 1] : undefined }
const port = Number(argument('port') ?? 5231)
const screensDir = argument('screens'), only = argument('only')
const folder = mkdtempSync(join(tmpdir(), 'bihuan-rounds-'))
const world = new World(argument('binary'), folder, port)
const desk = new Desk(`http://127.0.0.1:${port}`)
const fresh = (login) => `a long walk through every round ${login}`
const languages = ['zh', 'en']
const test = (name, run) => (only && !name.includes(only) && !name.startsWith('login') ? undefined : desk.test(name, run))
const changyi = 'area=220202'
const community = 'area=220202001002'

try {
  await world.staff()
  await desk.start()
  const page = desk.page
  const changed = new Set() // who has a password of his own by now
  const signIn = (login) => test(`login ${login}`, async () => {
    await desk.signIn(login, changed.has(login) ? fresh(login) : password, fresh(login))
    changed.add(login)
  })
  const shot = async (name) => { if (screensDir) { mkdirSync(screensDir, { recursive: true }); await page.mouse.move(0, 0); await page.waitForTimeout(400); await page.screenshot({ path: join(screensDir, name + '.png') }) } }
  const look = async (name, path, selector, language, phone) => {
    await desk.choose(language, 'light')
    await desk.open(path)
    await page.waitForSelector(selector)
    await desk.settle()
    must((await page.getAttribute('html', 'lang')) === (language === 'zh' ? 'zh-CN' : 'en'), 'wrong language')
    const told = page.locator('.problem-box')
    if (await told.count()) throw new Error('a problem is shown: ' + await told.first().innerText())
    must(await page.isVisible('.exercise-banner'), 'no exercise banner')
    await shot(`${name}-${phone ? 'phone-' : ''}${language}`)
    await desk.tidy(); await desk.axe(); desk.clean()
  }

  await signIn('chief')
  await test('empty screens teach what would fill them', async () => {
    for (const language of languages) {
      await desk.choose(language, 'light')
      for (const path of ['/rounds', '/rounds/order', '/sites', '/doors', '/rolls', '/round/999999']) {
        await desk.open(path)
        await page.waitForSelector('.empty-state')
        must(!(await page.locator('.problem-box').count()), path + ' shows a problem')
        await desk.tidy(); await desk.axe()
      }
    }
    await desk.choose('zh', 'light')
    desk.problems.splice(0) // the round that does not exist is a 404 on purpose
  })
  await world.play()
  const screens = [['rounds', '/rounds', 'table.grid tbody tr'], ['round', `/round/${world.round}`, '.chain .stage'], ['round-district', `/round/${world.round}?${changyi}`, 'table.coverage tbody tr'], ['order', '/rounds/order', '.verdict .answer'], ['sites', '/sites', 'table.sites tbody tr'], ['doors', `/doors?${changyi}`, 'table.coverage tbody tr'], ['doors-list', `/doors?${community}`, '.home'], ['rolls', '/rolls', 'table.grid tbody tr'], ['wall-round', '/wall', '.round-tiles .tile strong'], ['antigen', '/antigen', 'table.grid tbody tr']]
  for (const language of languages) for (const [name, path, selector] of screens) await test(`${name} ${language}`, () => look(name, path, selector, language, false))
  await test('phone 390 px: every screen of a round fits', async () => {
    await desk.phone(true)
    try { for (const [name, path, selector] of screens) await look(name, path, selector, name === 'order' ? 'en' : 'zh', true) } finally { await desk.phone(false) }
  })
  await test('dark: axe on every screen of a round', async () => {
    for (const [, path, selector] of screens) { await desk.choose('zh', 'dark'); await desk.open(path); await page.waitForSelector(selector); await desk.axe() }
    await desk.choose('zh', 'light'); desk.clean()
  })
  await test('the wall at 1920x1080: the round beside the six numbers, nothing cut', async () => {
    await page.setViewportSize({ width: 1920, height: 1080 })
    try { await look('wall-round-1920', '/wall', '.round-tiles .tile strong', 'zh', false); must((await page.locator('.round-tiles .tile').count()) === 6, 'not six figures of the round') } finally { await desk.phone(false) }
  })
  await test('from the city to a name in three clicks', async () => {
    await desk.open(`/round/${world.round}`)
    await page.click('table.coverage tbody tr:has-text("昌邑区") th a')
    await page.waitForURL(/area=220202/)
    await page.waitForFunction(() => /三角地社区/.test(document.querySelector('table.coverage')?.textContent ?? ''))
    await page.click('table.coverage tbody tr:has-text("三角地社区") th a')
    await page.waitForURL(/doors\?.*220202001002/)
    await page.waitForSelector('.home')
    const names = await page.locator('.home .people li > span:first-child').allInnerTexts()
    must(names.length > 5 && names.every((name) => /\*|＊|某|○/.test(name)), 'names are not masked: ' + names.slice(0, 3))
    desk.clean()
  })
  await test('the figures agree: due = sampled + exempt + missing, on the page as in the round', async () => {
    const round = await world.query('round', { round: world.round })
    must(round.due === round.sampled + round.exempt + round.missed, JSON.stringify(round))
    await desk.open(`/round/${world.round}`)
    const text = await page.innerText('.figures')
    for (const key of ['due', 'sampled', 'exempt', 'missed']) must(text.includes(String(round[key])), `${key} ${round[key]} is not on the page: ${text}`)
    const rows = (await world.query('round_coverage', { round: world.round, by: 'unit', area: '220200' })).rows
    must(rows.reduce((sum, row) => sum + row.missed, 0) === round.missed, 'counties do not add up')
    must(rows.every((row, index) => index === 0 || rows[index - 1].missed >= row.missed), 'not the most missing first')
    const hours = (await world.query('round_forecast', { round: world.round })).rows
    must(hours.reduce((sum, row) => sum + row.people, 0) === round.sampled, 'hours do not add up')
  })
  await test('the chart by the hour and the map of counties, below', async () => {
    await page.setViewportSize({ width: 1440, height: 1900 })
    try {
      await desk.open(`/round/${world.round}`)
      await page.waitForSelector('.hour-chart canvas'); await page.waitForSelector('.round-map canvas')
      must((await page.locator('.hours tbody tr').count()) > 4, 'no hours in the table under the chart')
      await shot('round-whole-zh'); await desk.axe(); desk.clean()
    } finally { await desk.phone(false) }
  })
  await test('keyboard: j and Enter open the worst place, then its list', async () => {
    await desk.open(`/round/${world.round}`)
    await page.waitForSelector('table.coverage tbody tr')
    await page.keyboard.press('j')
    must((await page.locator('table.coverage tr.selected').count()) === 1, 'nothing selected')
    await page.keyboard.press('Enter')
    await page.waitForURL(/area=220202/)
    await page.waitForFunction(() => /社区/.test(document.querySelector('table.coverage')?.textContent ?? ''))
    await page.keyboard.press('j'); await page.keyboard.press('Enter')
    await page.waitForURL(/doors/)
    desk.clean()
  })
  await test('order: short of laboratories is told with figures, a what-if answers, the order needs reason and name', async () => {
    await desk.choose('zh', 'light')
    await desk.open('/rounds/order?pool=1')
    await page.waitForFunction(() => /现有能力不够/.test(document.querySelector('.verdict .answer')?.textContent ?? ''))
    const advice = await page.innerText('.verdict .advice')
    must(/\d+ 管，截止前只能检测 \d+ 管/.test(advice) && /请求支援每小时 \d+ 管/.test(advice), advice)
    const more = /请求支援每小时 (\d+) 管/.exec(advice)[1]
    await page.fill('.suppose label:first-of-type input', more)
    await page.keyboard.press('Tab')
    await page.waitForFunction(() => /可以按时完成/.test(document.querySelector('.verdict .answer')?.textContent ?? ''))
    must((await page.locator('.give').count()) === 0, 'a what-if can be ordered')
    await page.fill('.suppose label:first-of-type input', '')
    await page.keyboard.press('Tab')
    await page.waitForSelector('#order-because')
    must(await page.isDisabled('.give button[type=submit]'), 'ordered without a reason')
    await page.fill('#order-because', '支援队今晚到位')
    await page.fill('#order-confirm', '吉林')
    must(await page.isDisabled('.give button[type=submit]'), 'ordered with half a name')
    await page.fill('#order-confirm', '吉林市')
    await page.click('.give button[type=submit]')
    await page.waitForURL(/\/round\/\d+/)
    await page.waitForSelector('.shortages li')
    must(/检测能力/.test(await page.innerText('.shortages')), 'the shortage is not on the board')
    await page.waitForSelector('.duty')
    await page.waitForFunction(() => /补足检测采样能力/.test(document.querySelector('.duty-list')?.textContent ?? '')) // who must bring more is named
    must(!/标本按时送达/.test(await page.innerText('.duty-list')), 'late boxes of another round are shown')
    await desk.axe(); desk.clean()
  })
  await test('advice says where lanes go, with times', async () => {
    await desk.open(`/sites?round=${world.round}&${changyi}`)
    const advice = await page.innerText('.moves')
    must(/从东厂宅社区广场调 \d+ 个采样台到三角地小学/.test(advice) && /提前到/.test(advice), advice)
    desk.clean()
  })
  await test('CSV of coverage, missing people and sites', async () => {
    await desk.open(`/doors?${community}&round=${world.round}`)
    for (const name of ['missed.csv']) {
      const answer = await page.request.get(desk.base + await page.getAttribute(`a[download="${name}"]`, 'href'))
      must(answer.ok() && /csv/.test(answer.headers()['content-type']) && /三角地/.test(await answer.text()), `no ${name}`)
    }
  })

  await signIn('street')
  await test('the photo of an antigen test opens with a reason, and is read', async () => {
    await desk.choose('zh', 'light')
    await desk.open(`/antigen?${changyi}`)
    await page.click('table.grid tbody button')
    await page.fill('#photo-reason', '判读照片')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.noted-photo')
    await desk.axe(); await shot('antigen-photo-zh')
    await page.click('.noted-photo + p button')
    await page.waitForSelector('.command-form')
    await page.keyboard.press('Escape')
    desk.clean()
  })
  await test('messages: the list masks, one opens, told it is gone', async () => {
    const document = '22020219800101001X', phone = '13900000017'
    await world.do('register_person', { area: '220202001001', name: '王测试', document, phone })
    const asked = await fetch(`${world.base}/result/code`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ document }) })
    must(asked.ok, 'no code: ' + asked.status)
    for (const language of languages) {
      await desk.choose(language, 'light')
      await desk.open('/messages')
      for (let turn = 0; turn < 40 && !(await page.locator('table.grid tbody tr').count()); turn++) { await page.waitForTimeout(250); await desk.open('/messages') }
      const row = await page.innerText('table.grid tbody tr')
      must(!row.includes('王测试') && !row.includes(phone) && !/\d{6}/.test(row.replace(/\d{1,3}\*+\d{1,4}/g, '')), 'the list tells too much: ' + row)
      await shot('messages-' + language); await desk.tidy(); await desk.axe()
    }
    await desk.phone(true)
    try { await desk.open('/messages'); await page.waitForSelector('table.grid tbody tr'); await desk.tidy(); await shot('messages-phone-en') } finally { await desk.phone(false) }
    await desk.choose('zh', 'light')
    await desk.open('/messages')
    await page.click('td.act button')
    await page.waitForSelector('[role=dialog] .code')
    must(/^\d{6}$/.test((await page.innerText('[role=dialog] .code')).trim()), 'no code in the dialog')
    await page.waitForTimeout(400)
    await shot('message-zh'); await desk.axe()
    await page.click('[role=dialog] .button.main')
    await page.waitForSelector('.empty-state')
    await desk.open('/messages?state=told')
    must(/街道（练习）/.test(await page.innerText('table.grid tbody tr')) && !(await page.locator('td.act button').count()), 'not told who told it')
    desk.clean()
  })
  await signIn('chief')
  await test('headquarters sees messages and opens none', async () => {
    await desk.open('/messages?state=all')
    must((await page.locator('table.grid tbody tr').count()) === 1 && !(await page.locator('td.act button').count()), 'headquarters can open a message')
    desk.clean()
  })
  await signIn('leader')
  await test('site leader: his rail, his part of the round, the queue told on the phone', async () => {
    await desk.choose('zh', 'light')
    await desk.phone(true)
    try {
      await desk.open(`/sites?round=${world.round}`)
      await page.waitForSelector('table.sites tbody tr')
      await desk.tidy(); await desk.axe(); await shot('leader-sites-phone-zh')
      const low = await page.locator('td.act button').evaluateAll((all) => all.filter((b) => b.getBoundingClientRect().height < 47).length)
      must(low === 0, 'a target is lower than 48 px')
      must(!/龙潭体育馆/.test(await page.innerText('table.sites')), 'a site of another district is shown')
      await page.locator('tr:has-text("三角地小学") button', { hasText: '报排队' }).click()
      await page.waitForSelector('#field-queue')
      await page.fill('#field-queue', '120'); await page.fill('#field-waiting_minutes', '70'); await page.fill('#field-samplers', '4')
      await page.waitForTimeout(600)
      await desk.axe()
      await page.click('.command-form button[type=submit]')
      await page.waitForFunction(() => /120/.test(document.querySelector('table.sites')?.textContent ?? ''))
      desk.clean()
    } finally { await desk.phone(false) }
  })
  await test('site leader: a site with tubes outside boxes does not close, and says how many', async () => {
    await desk.open(`/sites?round=${world.round}`)
    await page.locator('tr:has-text("三角地小学") button', { hasText: '关闭' }).click()
    await page.waitForSelector('.command-form button[type=submit]:not([disabled])')
    await page.click('.command-form button[type=submit]')
    await page.waitForSelector('.command-form .problem-box')
    must(/管未装箱封存/.test(await page.innerText('.command-form .problem-box')), 'not told why')
    desk.problems.splice(0)
  })
  await signIn('grid')
  await test('grid worker: a door knocked at in vain on the phone, by keyboard on the desk', async () => {
    await desk.phone(true)
    try {
      await desk.open(`/doors?${community}&round=${world.round}`)
      await page.waitForSelector('.home')
      await shot('grid-doors-phone-zh')
      const low = await page.locator('.home button').evaluateAll((all) => all.filter((b) => b.getBoundingClientRect().height < 47).length)
      must(low === 0, 'a target is lower than 48 px')
    } finally { await desk.phone(false) }
    await desk.open(`/doors?${community}&round=${world.round}`)
    await page.waitForSelector('.home')
    const untried = await page.locator('.home').evaluateAll((all) => all.findIndex((home) => /未上门/.test(home.textContent)))
    must(untried >= 0, 'every door was tried')
    for (let i = 0; i <= untried; i++) await page.keyboard.press('j')
    must((await page.locator('.home.selected').count()) === 1, 'nothing selected')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#field-reason')
    await page.selectOption('#field-reason', 'refused')
    await page.click('.command-form button[type=submit]')
    await page.waitForFunction((index) => /拒绝/.test(document.querySelectorAll('.home')[index]?.textContent ?? ''), untried)
    desk.clean()
  })
  await test('print: the list of doors without buttons', async () => {
    await desk.open(`/doors?${community}&round=${world.round}`)
    await page.waitForSelector('.home')
    await page.emulateMedia({ media: 'print' })
    must(!(await page.isVisible('.home-act button')) && !(await page.isVisible('.rail')), 'buttons are printed')
    must(await page.isVisible('.exercise-banner'), 'no exercise banner in print')
    must((await page.pdf({ format: 'A4' })).length > 5000, 'empty PDF')
    await page.emulateMedia({ media: null })
  })
  await signIn('street')
  await test('rolls: a file is tried first, faults are told by row, then it is imported once', async () => {
    await desk.choose('zh', 'light')
    await desk.open('/rolls')
    await page.waitForSelector('#roll-file')
    const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('社区,楼栋,单元,门牌,姓名\r\n220202001001,9,1,9栋1单元101,新住户一\r\n220202001001,9,1,9栋1单元101,新住户二\r\n220202001001,九,1,9栋1单元102,新住户三\r\n') }
    const before = (await world.query('rolls', { area: '220200' })).rows[0].residents
    await page.setInputFiles('#roll-file', file)
    must(await page.isDisabled('.roll-import .buttons button:nth-child(2)'), 'imported without a trial')
    await page.click('.roll-import .buttons button:nth-child(1)')
    await page.waitForSelector('.faults tbody tr')
    must(/4/.test(await page.innerText('.faults tbody tr td:first-child')), 'the row is not told')
    must((await world.query('rolls', { area: '220200' })).rows[0].residents === before, 'a trial wrote something')
    await shot('rolls-trial-zh')
    await desk.tidy(); await desk.axe()
    await page.click('.roll-import .buttons button:nth-child(2)')
    await page.waitForFunction(() => /已导入/.test(document.querySelector('.roll-import .outcome')?.textContent ?? ''))
    must((await world.query('rolls', { area: '220200' })).rows[0].residents === before + 2, 'not two more on the roll')
    desk.clean()
  })
  await signIn('lab')
  const labScreens = [['laboratory', '/laboratory', 'table.boxes tbody tr'], ['laboratory-load', '/laboratory?tab=load', 'table.grid tbody tr'], ['box', `/box/${world.onTheWay}`, '.receive']]
  for (const language of languages) for (const [name, path, selector] of labScreens) await test(`${name} ${language}`, () => look(name, path, selector, language, false))
  await test('phone 390 px: the laboratory fits', async () => {
    await desk.phone(true)
    try { for (const [name, path, selector] of labScreens) await look(name, path, selector, 'zh', true) } finally { await desk.phone(false) }
  })
  await test('laboratory: a box is scanned and received by exceptions; a count that differs is told before it is sent', async () => {
    await desk.choose('zh', 'light')
    await desk.open('/laboratory')
    await page.fill('#box-code', 'bx0002')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/box\/\d+/)
    await page.waitForSelector('.receive')
    await page.selectOption('.box-page tbody tr:nth-child(2) select', 'leak')
    await page.fill('#box-count', '4')
    await page.waitForSelector('.receive .differs')
    await page.fill('#box-count', '5')
    must(!(await page.locator('.receive .differs').count()), 'a right count is called different')
    must(await page.isDisabled('.receive button[type=submit]'), 'received without signatures')
    await page.fill('#box-temperature', '4.8'); await page.fill('#box-receiver', '赵检验')
    must(/^BR1:\d+:[0-9A-Z]+:\d+:\d+:48:.*:E8B5B5E6A380E9AA8C:.$/.test(await page.getAttribute('.offer', 'data-text')) && await page.$('.offer svg.qr-code'), 'no hand-over code: ' + await page.getAttribute('.offer', 'data-text'))
    await page.fill('#box-courier', '李转运')
    await page.click('.receive button[type=submit]')
    await page.waitForSelector('.receive', { state: 'detached' })
    const text = await page.innerText('.box-page table')
    must(/拒收/.test(text) && /已收/.test(text), text)
    await desk.tidy(); await desk.axe(); desk.clean()
  })
  await test('laboratory: a scan a well; the same tube twice is told; the plate is laid', async () => {
    await page.click('text=用本箱的管布板')
    await page.waitForURL(/plate\/new/)
    await page.waitForFunction(() => /4 管/.test(document.querySelector('.tools')?.textContent ?? ''))
    await page.fill('#plate-scan', world.boxed[0])
    await page.keyboard.press('Enter')
    await page.waitForSelector('p[role=alert]')
    await page.fill('#plate-scan', world.boxed[5])
    await page.keyboard.press('Enter')
    await page.fill('#plate-code', 'PL0001')
    await desk.tidy(); await desk.axe(); await shot('plate-new-zh')
    await page.click('.lay-do button')
    await page.waitForURL(/\/plate\/\d+$/)
    await page.waitForSelector('.plate-form')
    desk.clean()
  })
  const rows = (wells) => ['板号,PL0001', '孔位,样本编号,FAM,VIC,CY5', ...wells.map((well) => well.join(','))].join('\r\n') + '\r\n'
  const laid = () => [world.boxed[0], world.boxed[2], world.boxed[3], world.boxed[4], world.boxed[5]]
  const upload = async (text) => { await page.setInputFiles('#plate-file', { name: 'run.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }); await page.click('.plate-form button[type=submit]') }
  await test('laboratory: a file with faults is told row by row and writes nothing; a whole one is read', async () => {
    await page.selectOption('#plate-profile', 'slan96')
    await upload(rows([['A1', 'UNKNOWN9', '21.5', '22.0', '25'], ['Z9', laid()[1], 'abc', '-', '25']]))
    await page.waitForSelector('.plate-form [role=alert] table tbody tr')
    await desk.axe(); await shot('plate-faults-zh')
    must(await page.isDisabled('.plate-form .button.main'), 'a faulty file can be read in')
    const good = laid().map((code, index) => [`${'ABCDE'[index]}1`, code, index === 1 ? '28.10' : 'NoCt', index === 1 ? '27.05' : 'NoCt', '25.2'])
    await upload(rows([...good, ['G12', 'NC', 'NoCt', 'NoCt', '25'], ['H12', 'PC', '25.00', '26.00', '25']]))
    await page.waitForFunction(() => /7 孔可以读入/.test(document.querySelector('.plate-form')?.textContent ?? ''))
    await page.click('.plate-form .button.main')
    await page.waitForFunction(() => /阳性 1/.test(document.querySelector('.screen-head')?.textContent ?? ''))
    must(/28\.10/.test(await page.innerText('.plate-below')), 'the Ct is not as the machine told it')
    must(/须由另一人签发/.test(await page.innerText('.plate-below')), 'the reader may release')
    await desk.tidy(); await desk.axe(); await shot('plate-zh')
    desk.problems.splice(0) // the faulty file is a 422 on purpose
  })
  const platePath = new URL(page.url()).pathname
  await signIn('lab2')
  await test('laboratory: the second person releases; the positive pool stands on the board', async () => {
    await desk.open(platePath)
    await page.fill('#plate-signature', '孙审核')
    await page.click('.plate-form button[type=submit]')
    await page.waitForFunction(() => /已签发/.test(document.querySelector('.screen-head')?.textContent ?? ''))
    const round = await world.query('round', { round: world.round })
    must(round.pools_positive === 1 && round.tubes.reported === 5, JSON.stringify(round))
    await desk.tidy(); await desk.axe(); desk.clean()
  })
  for (const [name, path, selector] of [['plates', '/laboratory?tab=plates', 'table.grid tbody tr'], ['plate-released', platePath, '.plate-map']]) for (const language of languages) await test(`${name} ${language}`, () => look(name, path, selector, language, false))
  await desk.test('nothing is fetched from anywhere else', async () => { must(desk.foreign.length === 0, desk.foreign.join(' ')) })
} catch (error) {
  desk.failed++
  console.log('FAIL the walk ended early: ' + String(error.stack ?? error))
} finally {
  await desk.stop()
  await ended(world.child)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
console.log(`${desk.passed} passed, ${desk.failed} failed, 0 skipped`)
process.exit(desk.failed ? 1 : 0)
