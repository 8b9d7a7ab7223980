// A small round on the real program, made through its own commands: Jilin City ordered for the evening of 17 March 2022,
// nine communities of four districts, most people sampled, some doors missed, two sites unlike in pace. People are invented.
import { spawn, spawnSync } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of a kit's code, with its check character. */
function kitCode(number) {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ', values = Array.from({ length: 12 }, (_, place) => Number(BigInt(number) >> BigInt(5 * (11 - place)) & 31n))
  let sum = 0
  for (let place = 11, factor = 2; place >= 0; place--, factor = 3 - factor) sum += Math.floor(values[place] * factor / 32) + values[place] * factor % 32
  return [...values, (32 - sum % 32) % 32].map((value) => alphabet[value]).join('')
}

export const password = 'the first word of the walk'
export const roles = [['chief', '指挥长（练习）', 'city_headquarters', '220200'], ['district', '区指挥部（练习）', 'county_headquarters', '220202'], ['leader', '采样点长（练习）', 'site_leader', '220202'], ['street', '街道（练习）', 'subdistrict', '220202'], ['grid', '网格长（练习）', 'grid_chief', '220202'], ['lab', '检验员（练习）', 'testing_lab', '220202'], ['lab2', '审核员（练习）', 'testing_lab', '220202']]
const communities = ['220202001001', '220202001002', '220202001003', '220202002001', '220203001001', '220203001002', '220204001001', '220204001002', '220211001001']
const surnames = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'
const given = ['建国', '秀英', '桂兰', '志强', '丽华', '文博', '雨桐', '子涵', '春梅', '海燕', '国庆', '淑珍']

export class World {
  constructor(binary, folder, port) { Object.assign(this, { binary, port, data: join(folder, 'data'), log: join(folder, 'serve.log'), base: `http://127.0.0.1:${port}/api/v1`, cookie: '', csrf: '', keys: 0 }) }
  run(...words) {
    const done = spawnSync(this.binary, [...words, '--data', this.data], { encoding: 'utf8', timeout: 300000 })
    if (done.status !== 0) throw new Error(`${words.join(' ')}: exit ${done.status}: ${done.stderr.slice(-400)}`)
  }
  async start() {
    const out = openSync(this.log, 'a')
    this.child = spawn(this.binary, ['serve', '--data', this.data, '--port', String(this.port)], { stdio: ['ignore', out, out] })
    for (let turn = 0; turn < 200; turn++) {
      if (await fetch(`http://127.0.0.1:${this.port}/readyz`).then((r) => r.ok, () => false)) return /first-run\?token=([0-9a-f]+)/.exec(readFileSync(this.log, 'utf8'))?.[1]
      await new Promise((resolve) => { setTimeout(resolve, 100) })
    }
    this.child.kill()
    throw new Error('the server did not become ready: ' + readFileSync(this.log, 'utf8'))
  }
  async ask(method, path, body, headers = {}) {
    const answer = await fetch(this.base + path, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: { 'Content-Type': 'application/json', Cookie: this.cookie, 'X-Bihuan-CSRF': this.csrf, ...headers } })
    const set = answer.headers.get('set-cookie')
    if (set) this.cookie = set.split(';')[0]
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} ${JSON.stringify(body)?.slice(0, 300)}: ${answer.status} ${text}`)
    return JSON.parse(text)
  }
  do(name, body) {
    const key = Date.now().toString(16).padStart(12, '0') + (++this.keys).toString(16).padStart(20, '0')
    return this.ask('POST', `/commands/${name}`, body, { 'Idempotency-Key': key })
  }
  query(name, params = {}) { return this.ask('GET', `/queries/${name}?${new URLSearchParams(params)}`) }
  async clock(to) {
    await this.do('set_exercise_clock', { jump_to: to })
    for (let turn = 0; turn < 300; turn++) {
      if ((await this.query('exercise')).now >= to) return
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
    throw new Error('the clock did not come to ' + to)
  }

  async build() { await this.staff(); await this.play() }
  /** Users, posts, institutions, an empty log of rounds. */
  async staff() {
    this.run('init', '--start', '2022-03-17T20:00:00+08:00')
    const token = await this.start()
    const session = await this.ask('POST', '/first-run', { token, login: 'root', display: '首位管理员', password: 'open-the-gate-77' })
    this.csrf = session.csrf
    const user = {}
    for (const [login, display, role, area] of roles) {
      user[login] = (await this.do('register_user', { display })).user
      await this.do('grant_role', { user: user[login], role, area })
      await this.ask('POST', '/account', { user: user[login], login, password })
    }
    const institution = async (area, kind, name) => (await this.do('register_institution', { area, kind, name })).institution
    const headquarters = await institution('220200', 'headquarters', '吉林市疫情防控指挥部')
    const district = await institution('220202', 'headquarters', '昌邑区疫情防控指挥部')
    this.lab = await institution('220202', 'laboratory', '昌邑区核酸检测实验室')
    this.team = await institution('220202', 'sampling_team', '昌邑区第一采样队')
    this.courier = await institution('220202', 'transfer_team', '昌邑区标本转运队')
    this.other = await institution('220203', 'sampling_team', '龙潭区采样队')
    await this.do('create_post', { area: '220200', institution: headquarters, role: 'city_headquarters', title: '市指挥部值班', user: user.chief })
    await this.do('create_post', { area: '220202', institution: district, role: 'county_headquarters', title: '区指挥部值班', user: user.district })
    await this.do('create_post', { area: '220202', institution: district, role: 'grid_chief', title: '网格长', user: user.grid })
  }
  async play() {
    this.roll = (await this.do('open_roll', { area: '220200', name: '吉林市常住人口名册' })).roll
    await this.list()
    await this.do('tell_capacity', { institution: this.lab, tubes_per_hour: 2 })
    await this.do('tell_capacity', { institution: this.team, samplers: 3 })
    await this.order(this.team, this.other)
  }
  async list() {
    this.slots = new Map() // community -> households of slots
    let slot = 0, seed = 7
    const next = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n }
    for (const area of communities) {
      const households = [], homes = []
      for (let building = 1; building <= 3; building++) for (let unit = 1; unit <= 2; unit++) for (let floor = 1; floor <= 4; floor++) {
        const people = 2 + next(3), residents = [], home = []
        for (let i = 0; i < people; i++) {
          residents.push({ name: surnames[next(surnames.length)] + given[next(given.length)], category: next(9) === 0 ? 'floating' : 'permanent', ...(next(12) === 0 ? { key: true } : {}) })
          home.push(++slot)
        }
        households.push({ building, unit, door: `${building}栋${unit}单元${floor}0${1 + next(2)}`, residents, ...(next(10) === 0 ? { sealed_home: true } : {}) })
        homes.push(home)
      }
      await this.do('list_residents', { roll: this.roll, area, households })
      this.slots.set(area, homes)
    }
    await this.do('change_resident', { roll: this.roll, slot: 3, change: 'abroad' })
    await this.do('object_to_listing', { roll: this.roll, slot: 5, reason: '已搬到长春市，不应在册' })
  }
  async order(team, other) {
    this.round = (await this.do('order_round', { area: '220200', roll: this.roll, starts: '2022-03-17T23:00:00+08:00', pool_size: 10, accept_shortfall: '支援实验室次日凌晨到位' })).round
    this.sites = {}
    const open = async (area, institution, name, stations, samplers) => { this.sites[area] = (await this.do('open_site', { round: this.round, area, institution, name, stations, samplers })).site }
    await open('220202001001', team, '东厂宅社区广场', 6, 12)
    await open('220202001002', team, '三角地小学', 2, 4)
    await open('220202001003', team, '南厂宅社区活动室', 3, 6)
    await open('220203001001', other, '龙潭体育馆', 4, 8)
    await open('220204001001', other, '船营文化宫', 2, 4)
    await this.clock('2022-03-18T13:30:00+08:00')
    // Shares of each community sampled until half past one: the school is slow, the square nearly through.
    const share = { 220202001001: 0.9, 220202001002: 0.35, 220202001003: 0.7, 220202002001: 0.5, 220203001001: 0.8, 220203001002: 1, 220204001001: 0.6, 220204001002: 0.2, 220211001001: 0 }
    const siteOf = { 220202002001: '220202001003', 220203001002: '220203001001', 220204001002: '220204001001' }
    let tube = 0
    const codes = new Map() // site -> codes of its tubes
    for (const [area, homes] of this.slots) {
      const people = homes.slice(0, Math.round(homes.length * share[area])).flat().filter((slot) => slot !== 3)
      for (let i = 0; i < people.length; i += 10) {
        const minute = (18 * 60 + Math.round((i / 10) * (area === '220202001002' ? 70 : 55)) + tube % 7) % (14 * 60)
        const at = new Date(Date.parse('2022-03-17T23:10:00+08:00') + minute * 60000).toISOString().replace('.000Z', 'Z')
        const site = this.sites[siteOf[area] ?? area], code = `JL${String(++tube).padStart(6, '0')}`
        codes.set(site, [...(codes.get(site) ?? []), code])
        await this.do('sample_tube', { round: this.round, site, code, people: people.slice(i, i + 10).map((slot) => ({ slot })), occurred: at })
      }
      const missing = homes.slice(Math.round(homes.length * share[area]))
      for (const home of missing.slice(0, 4)) await this.do('record_missed', { round: this.round, slot: home[0], count: home.length, reason: home[0] % 3 ? 'absent' : 'refused', occurred: '2022-03-18T12:20:00+08:00' })
      if (missing[4]) await this.do('exempt_resident', { round: this.round, slot: missing[4][0], reason: 'medical' })
    }
    // Antigen at three doors of the school's community: one positive with a photo, one invalid, the rest not told.
    const photo = '/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAQACADASIAAhEBAxEB/9oACAEBAAA/AAD/2Q=='
    for (const [n, home] of this.slots.get('220202001002').slice(-3).entries()) {
      const kits = home.map((_, i) => kitCode(n * 100 + i + 1))
      await this.do('register_kits', { area: '220202', name: `批次${n + 1}`, kits })
      await this.do('hand_out_kits', { round: this.round, roll: this.roll, slot: home[0], count: home.length, kits })
      if (n < 2) await this.do('report_antigen', { kit: kits[0], slot: home[0], ...(n ? { outcome: 'invalid' } : { outcome: 'positive', photo }) })
    }
    this.tubes = tube
    await this.carry(codes)
    await this.do('tell_site', { site: this.sites['220202001001'], queue: 6, waiting_minutes: 2, samplers: 12, occurred: '2022-03-18T13:20:00+08:00' })
    await this.do('tell_site', { site: this.sites['220202001002'], queue: 84, waiting_minutes: 55, samplers: 4, occurred: '2022-03-18T13:25:00+08:00' })
    await this.do('request_supplies', { site: this.sites['220202001002'], kind: 'staff', count: 2, occurred: '2022-03-18T13:26:00+08:00' })
    // The hour of sweeping comes by itself; some are still sampled in it.
    await this.clock('2022-03-18T15:30:00+08:00')
    const late = this.slots.get('220202002001').slice(-6).flat()
    for (let i = 0; i < 20; i += 10) await this.do('sample_tube', { round: this.round, site: this.sites['220202001003'], code: `JL${String(++this.tubes).padStart(6, '0')}`, people: late.slice(i, i + 10).map((slot) => ({ slot })), occurred: `2022-03-18T06:${40 + i}:00Z` })
  }
  /** One box sealed, one on its way, one received with a count that differed. The school seals nothing yet. */
  async carry(codes) {
    const seal = async (area, code, tubes) => (await this.do('seal_box', { round: this.round, site: this.sites[area], code, tubes: tubes.map((each) => ({ code: each })), count: tubes.length, occurred: '2022-03-18T13:26:00+08:00' })).box
    const square = codes.get(this.sites['220202001001']), hall = codes.get(this.sites['220202001003'])
    await seal('220202001003', 'BX0001', hall)
    this.onTheWay = await seal('220202001001', 'BX0002', square.slice(0, 5))
    const third = await seal('220202001001', 'BX0003', square.slice(5))
    for (const box of [this.onTheWay, third]) await this.do('pick_up_box', { box, institution: this.courier, count: box === third ? square.length - 5 : 5, temperature_tenths: 45, from_signature: '王点长', courier_signature: '李转运', occurred: '2022-03-18T13:28:00+08:00' })
    await this.do('receive_box', { box: third, institution: this.lab, count: square.length - 4, temperature_tenths: 52, courier_signature: '李转运', to_signature: '赵检验', occurred: '2022-03-18T13:29:30+08:00' })
    this.boxed = square
  }
}
