#!/usr/bin/env node
// TEST DOUBLE of the server, for developing and testing the console only. See README.md beside this file.
import { createServer } from 'node:http'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as made from './fixtures.mjs'

const argument = (name, fallback) => { const i = process.argv.indexOf('--' + name); return i > 0 ? process.argv[i + 1] : fallback }
const port = Number(argument('port', '5200'))
const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const password = 'mock-password'
const firstRunToken = 'mock-first-run'
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

let position = 52310
let epoch = Date.now()
let base = made.start
let speed = 1
let running = false // stands still until it is run, so that pictures are the same each time
const now = () => (running ? base + (Date.now() - epoch) * speed : base)
const setClock = () => { base = now(); epoch = Date.now() }
const live = new Set()
const seen = new Map()

const field = (name, type, zh, en, more = {}) => ({ name, type, zh, en, required: false, ...more })
const choices = (...list) => list.map(([value, zh, en]) => ({ value, zh, en }))
const passed = choices(['passed', '通过', 'Passed'], ['returned', '退回', 'Returned'])
const severity = choices(['none', '无', 'None'], ['mild', '轻型', 'Mild'], ['common', '普通型', 'Common'], ['severe', '重型', 'Severe'], ['critical', '危重型', 'Critical'])
const commands = [
  { name: 'file_report', title_zh: '提交网络直报', title_en: 'File the direct report', fields: [field('case', 'ref', '病例', 'Case', { required: true }), field('institution', 'ref', '机构', 'Institution', { required: true }), field('card_number', 'text', '报告卡号', 'Card number', { required: true, max: 40 }), field('occurred', 'time', '发生时间', 'When it happened')] },
  { name: 'audit_report', title_zh: '审核报告', title_en: 'Audit the report', fields: [field('report', 'ref', '报告', 'Report', { required: true }), field('level', 'enum', '级别', 'Level', { required: true, choices: choices(['county', '县级', 'County'], ['city', '市级', 'City'], ['province', '省级', 'Province']) }), field('outcome', 'enum', '结论', 'Outcome', { required: true, choices: passed }), field('reason', 'sealed', '理由', 'Reason'), field('occurred', 'time', '发生时间', 'When it happened')] },
  { name: 'review_positive', title_zh: '录入复核结果', title_en: 'Enter the review', fields: [field('positive', 'ref', '阳性', 'Positive', { required: true }), field('outcome', 'enum', '结果', 'Outcome', { required: true, choices: choices(['positive', '阳性', 'Positive'], ['negative', '阴性', 'Negative'], ['repeat', '重测', 'Repeat']) }), field('ct_orf1ab', 'int', 'Ct ORF1ab', 'Ct ORF1ab', { min: 0, max: 5000, unit: '1/100' })] },
  { name: 'diagnose_positive', title_zh: '作出诊断', title_en: 'Diagnose', fields: [field('positive', 'ref', '阳性', 'Positive', { required: true }), field('status', 'enum', '类别', 'Class', { required: true, choices: choices(['confirmed', '确诊病例', 'Confirmed'], ['asymptomatic', '无症状感染者', 'Asymptomatic']) }), field('severity', 'enum', '临床分型', 'Severity', { required: true, choices: severity }), field('onset', 'time', '发病时间', 'Onset')] },
  { name: 'pick_up_person', title_zh: '接上人员', title_en: 'Pick up the person', fields: [field('case', 'ref', '病例', 'Case', { required: true }), field('institution', 'ref', '接收机构', 'Destination', { required: true }), field('vehicle', 'text', '车牌', 'Vehicle', { required: true, max: 20 }), field('from_signature', 'text', '交出签名', 'Handed over by', { required: true }), field('driver_signature', 'text', '司机签名', 'Driver', { required: true })] },
  { name: 'admit_person', title_zh: '登记入院', title_en: 'Admit', fields: [field('case', 'ref', '病例', 'Case', { required: true }), field('institution', 'ref', '医院', 'Hospital', { required: true }), field('bed', 'text', '床位', 'Bed', { required: true })] },
  { name: 'collect_tube', title_zh: '登记采样', title_en: 'Record a sample', fields: [field('code', 'text', '管号', 'Tube code', { required: true, max: 32 }), field('kind', 'enum', '种类', 'Kind', { required: true, choices: choices(['single', '单采', 'Single'], ['pooled', '混采', 'Pooled']) }), field('members', 'list', '受检人', 'People', { required: true, fields: [field('person', 'person', '人员', 'Person', { required: true }), field('at', 'time', '时间', 'Time')] })] },
  { name: 'correct_report', title_zh: '订正报告', title_en: 'Correct the report', fields: [field('case', 'ref', '病例', 'Case', { required: true }), field('what', 'enum', '订正内容', 'What', { required: true, choices: choices(['conversion', '转确诊', 'Conversion'], ['severity', '分型', 'Severity'], ['discharge', '出院', 'Discharge']) }), field('card_number', 'text', '报告卡号', 'Card number')] },
  { name: 'change_severity', title_zh: '更改临床分型', title_en: 'Change severity', fields: [field('case', 'ref', '病例', 'Case', { required: true }), field('severity', 'enum', '临床分型', 'Severity', { required: true, choices: severity })] },
  { name: 'fill_post', title_zh: '安排在岗', title_en: 'Fill the post', fields: [field('post', 'ref', '岗位', 'Post', { required: true }), field('user', 'ref', '用户', 'User', { required: true }), field('from', 'time', '自', 'From', { required: true }), field('until', 'time', '至', 'Until')] },
  { name: 'hand_over_shift', title_zh: '交接班', title_en: 'Hand over the shift', fields: [field('post', 'ref', '岗位', 'Post', { required: true }), field('to_user', 'ref', '接班人', 'To', { required: true }), field('note', 'sealed', '交接事项', 'Note')] },
  { name: 'register_user', title_zh: '新增用户', title_en: 'Add a user', fields: [field('login', 'text', '用户名', 'User name', { required: true }), field('display', 'text', '姓名', 'Name', { required: true })] },
  { name: 'grant_role', title_zh: '授予角色', title_en: 'Grant a role', fields: [field('user', 'ref', '用户', 'User', { required: true }), field('role', 'text', '角色', 'Role', { required: true }), field('area', 'area', '范围', 'Scope', { required: true })] },
  { name: 'adopt_plan_layer', title_zh: '采用方案层', title_en: 'Adopt a plan layer', fields: [field('layer', 'text', '层', 'Layer', { required: true }), field('text', 'text', '正文（YAML）', 'Text (YAML)', { required: true, max: 60000 })] },
  { name: 'open_window', title_zh: '开设统计时段', title_en: 'Open a window', fields: [field('area', 'area', '地区', 'Area', { required: true }), field('from', 'time', '从', 'From', { required: true }), field('to', 'time', '到', 'To', { required: true })] },
  { name: 'check_bulletin', title_zh: '核对通报', title_en: 'Check the bulletin', fields: [field('area', 'area', '地区', 'Area', { required: true }), field('from', 'time', '从', 'From', { required: true }), field('to', 'time', '到', 'To', { required: true })] },
  { name: 'sign_bulletin', title_zh: '签发通报', title_en: 'Sign the bulletin', fields: [field('area', 'area', '地区', 'Area', { required: true }), field('from', 'time', '从', 'From', { required: true }), field('to', 'time', '到', 'To', { required: true }), field('reason', 'text', '说明', 'Reason', { max: 200 })] },
  { name: 'publish_bulletin', title_zh: '发布通报', title_en: 'Publish the bulletin', fields: [field('bulletin', 'ref', '通报', 'Bulletin', { required: true }), field('channel', 'text', '渠道', 'Channel', { required: true })] },
  { name: 'withdraw_fact', title_zh: '撤回事实', title_en: 'Withdraw a fact', fields: [field('target', 'ref', '事实号', 'Fact', { required: true }), field('reason', 'sealed', '理由', 'Reason', { required: true })] },
  { name: 'acknowledge_notice', title_zh: '签收', title_en: 'Acknowledge', fields: [field('notice', 'ref', '提醒', 'Notice', { required: true })] },
  { name: 'set_exercise_clock', title_zh: '设置时钟', title_en: 'Set the clock', fields: [field('speed', 'int', '速度', 'Speed', { min: 1, max: 3600 }), field('jump_to', 'time', '跳到', 'Jump to'), field('run', 'bool', '运行', 'Run')] }
]
const queries = ['loops', 'board', 'positives', 'case', 'cases', 'bulletin', 'bulletins', 'map', 'areas', 'posts', 'institutions', 'users', 'roles', 'notices', 'audit', 'plans', 'plan_rules', 'exercise', 'session', 'forecast', 'sample_days', 'verify_bulletin']
const sessionOf = () => ({ user: 41, display: '刘文静', csrf: 'mock-csrf', roles: [{ role: 'province_headquarters', title_zh: '省指挥部', title_en: 'Province headquarters', unit: '220000', unit_name_zh: '吉林省', unit_name_en: 'Jilin Province' }], commands: commands.map((c) => c.name), queries, area: made.province, exercise: true, zone_minutes: made.zoneMinutes })

function csv(rows) {
  const keys = Object.keys(rows[0] ?? { empty: '' })
  const cell = (v) => (v === null || v === undefined ? '' : /[",\n]/.test(String(v)) ? `"${String(v).replace(/"/g, '""')}"` : String(v))
  return '\ufeff' + [keys.join(','), ...rows.map((row) => keys.map((k) => cell(row[k])).join(','))].join('\n') + '\n'
}
function page(rows, p) {
  const limit = Math.min(200, Number(p.limit ?? 200))
  const from = Number(p.after ?? 0)
  return { rows: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null }
}
function dutiesFor(p) {
  const at = p.at ? Date.parse(p.at) : now()
  return made.duties.filter((d) => made.within(p.area, d.code) && (!p.rule || d.rule === p.rule) && (p.mine !== '1' || d.mine) && (!p.person || String(d.person) === p.person) && (!p.notice || d.rule === made.notices.find((n) => String(n.notice) === p.notice)?.rule) && Date.parse(d.opened) <= at)
    .map((d) => ({ ...d, state: made.stateOf(d, at) })).filter((d) => p.state === 'all' || !p.state || (p.state === 'closed' ? d.state === 'closed' : p.state === 'overdue' ? ['overdue', 'escalated'].includes(d.state) : ['due_soon', 'escalated'].includes(p.state) ? d.state === p.state : d.state !== 'closed'))
    .sort((a, b) => a.due.localeCompare(b.due)).map(({ code: _code, mine: _mine, ...d }) => d)
}
const reads = {
  loops: (p) => page(dutiesFor(p), p), board: (p) => ({ rows: made.board(p.area ?? '220000', p.at ? Date.parse(p.at) : now()) }),
  positives: (p) => page(made.positives.filter((x) => made.within(p.area, x.code)).sort((a, b) => a.resulted.localeCompare(b.resulted)), p),
  cases: (p) => page(made.duties.filter((d) => d.case && made.within(p.area, d.code)).map((d) => ({ case: d.case, name_masked: d.name_masked, status: 'confirmed', severity: 'mild', area_code: d.area_code, area_name: d.area_name, found_in: 'centralised', diagnosed: d.opened, counted: d.opened })), p),
  bulletins: (p) => ({ rows: String(p.area ?? '220000') === '220000' ? made.bulletinList : [] }), map: (p) => ({ rows: made.mapRows(p.area ?? '220000', now()) }),
  areas: (p) => ({ rows: p.unit ? [made.unitOf(p.unit)].filter(Boolean) : p.parent ? made.units.filter((u) => u.parent === String(p.parent)) : made.units.filter((u) => [u.name_zh, u.name_en.toLowerCase(), u.code ?? ''].some((text) => text.includes(String(p.q ?? '').toLowerCase()))) }),
  posts: (p) => ({ rows: made.posts.filter((x) => made.within(p.area, x.area)) }), institutions: () => ({ rows: [{ institution: 300, name: '吉林市疾病预防控制中心', name_en: 'Jilin City CDC', kind: 'cdc', area_name: '吉林市' }, { institution: 301, name: '吉林市传染病医院', name_en: 'Jilin City Infectious Disease Hospital', kind: 'hospital', area_name: '吉林市' }] }),
  users: () => ({ rows: made.users }), roles: () => ({ rows: made.roles }), notices: (p) => ({ rows: made.notices.filter((n) => !p.waiting || !n.acknowledged) }), sample_days: () => ({ rows: made.sampleDays }), forecast: () => ({ rows: [made.forecast] }), audit: (p) => page(made.audit.filter((a) => !p.action || a.action === p.action), p), plans: () => ({ rows: made.plans }), plan_rules: () => ({ rows: made.planRules })
}
const objects = {
  case: (p) => made.caseFile(Number(p.case)),
  bulletin: (p) => (p.draft ? made.draft : made.bulletinList.find((b) => Date.parse(b.from) === Date.parse(p.from) && (!p.version || String(b.version) === p.version))),
  verify_bulletin: (p) => made.verified(p.text ?? ''),
  exercise: () => ({ exercise: true, speed, now: made.iso(now()), running, started: '2022-03-01T00:00:00+08:00', ends: '2022-03-21T00:00:00+08:00', seed: 1 }), session: sessionOf
}

let requests = 0
function answer(response, status, body, type = 'application/json', more = {}) {
  response.writeHead(status, { 'Content-Type': type + '; charset=utf-8', 'X-Request-Id': 'mock-' + (++requests).toString(16).padStart(6, '0'), 'Cache-Control': 'no-store', ...more })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
const problem = (response, status, code, zh, en) => answer(response, status, { type: 'about:blank', title: code, status, code, detail_zh: zh, detail_en: en, request_id: 'mock-' + (requests + 1).toString(16).padStart(6, '0') }, 'application/problem+json', status === 503 ? { 'Retry-After': '5' } : {})
const bodyOf = (request) => new Promise((resolve) => { let text = ''; request.on('data', (c) => { text += c }); request.on('end', () => { try { resolve(JSON.parse(text || '{}')) } catch { resolve(null) } }) })

async function api(request, response, url) {
  const path = url.pathname.slice('/api/v1'.length)
  const p = Object.fromEntries(url.searchParams)
  const signedIn = /bihuan_session=mock/.test(request.headers.cookie ?? '')
  const cookie = { 'Set-Cookie': 'bihuan_session=mock; HttpOnly; SameSite=Strict; Path=/' }
  if (path === '/first-run' && request.method === 'GET') return answer(response, 200, { valid: p.token === firstRunToken, exercise: true })
  if (path === '/first-run' || path === '/login') {
    const body = await bodyOf(request)
    if (path === '/login' ? body?.password !== password : body?.token !== firstRunToken) return problem(response, 401, 'bad_login', '用户名或密码不对。五次错误后锁定 15 分钟。', 'User name or password is wrong. After five errors the account is locked for 15 minutes.')
    return answer(response, 200, sessionOf(), 'application/json', cookie)
  }
  if (!signedIn) return problem(response, 401, 'no_session', '请先登录。', 'Log in first.')
  if (path === '/session') return answer(response, 200, sessionOf())
  if (path === '/logout') return answer(response, 200, {}, 'application/json', { 'Set-Cookie': 'bihuan_session=; Path=/; Max-Age=0' })
  if (path === '/reveal') return answer(response, 200, { name: '王大明（虚构）', document: '220204199001010000', phone: '13000000000', address: '虚构小区 3 号楼' })
  if (path === '/meta/queries') return answer(response, 200, { queries: [] })
  if (path === '/meta/events') return answer(response, 200, { events: [] })
  if (path === '/meta/commands') return answer(response, 200, { commands })
  if (path === '/live') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    const send = () => response.write(`event: position\ndata: ${JSON.stringify({ position, now: made.iso(now()), open: 5868, overdue: 1900 })}\n\n`)
    send()
    const timer = setInterval(send, 3000)
    live.add(send)
    response.on('close', () => { clearInterval(timer); live.delete(send) })
    return undefined
  }
  if (path.startsWith('/commands/')) {
    const name = path.slice(10), key = request.headers['idempotency-key'] ?? ''
    const body = await bodyOf(request)
    if (request.headers['x-bihuan-csrf'] !== 'mock-csrf') return problem(response, 403, 'csrf', '页面已过期，请重新登录。', 'The page has expired; log in again.')
    if (!/^[0-9a-f]{32}$/.test(key)) return problem(response, 400, 'bad_key', '缺少幂等键。', 'The idempotency key is missing.')
    const meta = commands.find((c) => c.name === name)
    if (!meta) return problem(response, 404, 'not_found', '没有这个操作。', 'No such command.')
    for (const f of meta.fields) if (f.required && (body[f.name] === undefined || body[f.name] === '')) return problem(response, 422, 'missing_field', `缺少“${f.zh}”。`, `"${f.en}" is missing.`)
    for (const k of Object.keys(body)) if (!meta.fields.some((f) => f.name === k)) return problem(response, 422, 'unknown_field', `没有字段“${k}”。`, `There is no field "${k}".`)
    if (seen.has(key)) return answer(response, 200, seen.get(key))
    if (name === 'set_exercise_clock') {
      setClock()
      if (body.speed) speed = body.speed
      if (body.jump_to) base = Date.parse(body.jump_to)
      if (body.run !== undefined) running = body.run
    } else if (name === 'acknowledge_notice') { const notice = made.notices.find((x) => x.notice === body.notice); if (notice) notice.acknowledged = made.iso(now()) }
    else for (const duty of made.duties) if (duty.primary_command === name && [body.case, body.positive, body.report, body.person].includes(duty.subject)) duty.closed = made.iso(now())
    position++
    const result = { seq: position, position, recorded: made.iso(now()), events: [{ seq: position, kind: name }], copied_through: position }
    seen.set(key, result)
    for (const send of live) send()
    return answer(response, 200, result)
  }
  if (path.startsWith('/queries/')) {
    const name = path.slice(9)
    const found = objects[name] ? objects[name](p) : reads[name]?.(p)
    if (!found) return problem(response, 404, 'not_found', '没有找到，或您无权查看。', 'Not found, or you may not see it.')
    if (p.format === 'csv') return answer(response, 200, csv(found.rows ?? [found]), 'text/csv')
    return answer(response, 200, objects[name] ? found : { next: null, ...found, position, now: p.at ?? made.iso(now()) })
  }
  return problem(response, 404, 'not_found', '没有找到，或您无权查看。', 'Not found, or you may not see it.')
}

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.json': 'application/json' }
createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (url.pathname.startsWith('/api/v1')) { void api(request, response, url); return }
  let file = normalize(join(dist, url.pathname))
  if (!file.startsWith(dist) || !existsSync(file) || statSync(file).isDirectory()) file = join(dist, 'index.html')
  response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' })
  createReadStream(file).pipe(response)
}).listen(port, '127.0.0.1', () => { console.log(`test double of the server on http://127.0.0.1:${port} (not the product)`) })
