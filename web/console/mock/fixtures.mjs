// Invented rows for the test double. Deterministic: the same seed gives the same rows.
import { readFileSync } from 'node:fs'

const counties = JSON.parse(readFileSync(new URL('../src/map/jilin_counties.json', import.meta.url), 'utf8')).features.map((f) => f.properties)

let state = 20220314
export const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 4294967296 }
const oneOf = (list) => list[Math.floor(random() * list.length)]
const between = (low, high) => low + Math.floor(random() * (high - low + 1))

export const zoneMinutes = 480
export const minute = 60000
export const start = Date.parse('2022-03-14T12:05:00+08:00')
export const iso = (ms) => (ms === null || ms === undefined ? null : new Date(ms + zoneMinutes * minute).toISOString().slice(0, 19) + '+08:00')

const prefectures = [[220100, '长春市', 'Changchun City'], [220200, '吉林市', 'Jilin City'], [220300, '四平市', 'Siping City'], [220400, '辽源市', 'Liaoyuan City'], [220500, '通化市', 'Tonghua City'],
  [220600, '白山市', 'Baishan City'], [220700, '松原市', 'Songyuan City'], [220800, '白城市', 'Baicheng City'], [222400, '延边州', 'Yanbian Prefecture']]
const zones = [[220171, '长春经济技术开发区', 'Changchun Economic and Technological Development Zone', 220100], [220172, '净月区', 'Jingyue Zone', 220100], [220173, '长春新区', 'Changchun New Area', 220100], [220174, '汽开区', 'Automobile Zone', 220100]]
const english = { 220202: 'Changyi District', 220203: 'Longtan District', 220204: 'Chuanying District', 220211: 'Fengman District', 220113: 'Jiutai District', 220102: 'Nanguan District', 220103: 'Kuancheng District', 220104: 'Chaoyang District', 220105: 'Erdao District', 220106: 'Luyuan District' }
export const province = { unit: '220000', code: '220000', name_zh: '吉林省', name_en: 'Jilin Province', kind: 'province', parent: '' }
const unit = (code, name, en, kind, parent) => ({ unit: String(code), code: String(code), name_zh: name, name_en: en, kind, parent: String(parent) })
export const units = [province, ...prefectures.map(([c, zh, en]) => unit(c, zh, en, 'prefecture', 220000)), ...counties.map((c) => unit(c.code, c.name, english[c.code] ?? c.name, 'county', c.parent)),
  ...zones.map(([c, zh, en, p]) => unit(c, zh, en, 'devzone', p)),
  { unit: 'chmeihekou', code: null, name_zh: '梅河口市（单列）', name_en: 'Meihekou (reported apart)', kind: 'reported_as_prefecture', parent: '220000' }]
export const unitOf = (id) => units.find((u) => u.unit === String(id))
export function within(id, code) {
  const asked = String(id ?? '220000')
  if (asked === '220000') return true
  if (asked.endsWith('00')) return unitOf(code)?.parent === asked || String(code) === asked
  return String(code) === asked
}

const rules = [
  ['review_positive', 'positive', 2 * 60, 'testing_lab', 'review_positive', '防控方案（第八版）附件 2', true],
  ['report_direct', 'case', 2 * 60, 'finding_institution', 'file_report', '防控方案（第八版）三（一）', true], ['audit_county', 'report', 2 * 60, 'county_cdc', 'audit_report', '防控方案（第八版）附件 3', true],
  ['audit_city', 'report', 12 * 60, 'city_cdc', 'audit_report', '省指挥部令 2022-03-10', false], ['move_positive', 'case', 8 * 60, 'transfer_team', 'pick_up_person', '省指挥部令 2022-03-11', false],
  ['admit_positive', 'case', 12 * 60, 'managing_institution', 'admit_person', '诊疗方案（第八版修订）', true], ['correct_status', 'case', 24 * 60, 'managing_institution', 'correct_report', '防控方案（第八版）附件 3', true],
  ['hold_members', 'tube', 6 * 60, 'community_sampling_team', null, '检测组织实施指南（第二版）', true], ['resample_single', 'person', 12 * 60, 'community_sampling_team', 'collect_tube', '检测组织实施指南（第二版）', true]
]
const surnames = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗']
const officers = ['周海涛', '刘文静', '孙立新', '高晓东', '马春燕', '徐国强', '何丽娜', '郭志刚', '林晓梅', '罗建军', '胡雪峰', '朱明远']
const institutions = (name) => [`${name}疾病预防控制中心`, `${name}第一人民医院`, `${name}核酸检测中心实验室`, `${name}新冠肺炎疫情防控指挥部转运工作专班车辆调度组（含负压救护车队）`, `${name}中医院`]

// Weights as on 14 March: Jilin City and Changchun carry most.
const heavy = { 220100: 40, 220200: 46, 222400: 5, 220300: 3 }
const weighted = counties.flatMap((c) => Array.from({ length: heavy[c.parent] ?? 1 }, () => c))

export const duties = []
for (let i = 0; i < 2000; i++) {
  const [rule, subjectKind, minutes, role, command, source, verified] = oneOf(rules)
  const county = oneOf(weighted)
  const opened = start - between(3, Math.round(minutes * 1.7)) * minute
  const due = opened + minutes * minute
  const late = start > due
  const vacant = random() < 0.04
  duties.push({
    duty: 100000 + i, rule, subject_kind: subjectKind, subject: 500000 + i, person: 9000000000 + i * 7919, name_masked: oneOf(surnames) + (random() < 0.6 ? '某某' : '某'), case: subjectKind === 'case' || subjectKind === 'report' ? 500000 + i : undefined,
    area: 1000 + i, area_code: county.code + '001000', area_name: county.name, area_name_en: english[county.code], code: county.code, role, institution: 300 + (i % 60), institution_name: oneOf(institutions(county.name)), post: 700 + (i % 97),
    holder: vacant ? null : 40 + (i % 12), holder_name: vacant ? null : officers[i % 12], opened: iso(opened), due: iso(due), escalation: late ? Math.min(3, Math.floor((start - due) / (minutes * 0.35 * minute))) : 0,
    mark: 'V', plan: '8.2+jilin-2022-03-11', source, verified, primary_command: command, mine: i % 50 === 3
  })
}
export const stateOf = (duty, now) => (duty.closed ? 'closed' : Date.parse(duty.due) < now ? (duty.escalation > 0 ? 'escalated' : 'overdue') : (Date.parse(duty.due) - now) * 4 <= Date.parse(duty.due) - Date.parse(duty.opened) ? 'due_soon' : 'open')

export const positives = []
const waitingByCode = new Map()
for (let i = 0; i < 3868; i++) {
  const county = oneOf(weighted)
  const resulted = start - between(20, 2600) * minute
  waitingByCode.set(county.code, (waitingByCode.get(county.code) ?? 0) + 1)
  positives.push({ positive: 600000 + i, person: 8000000000 + i * 31, name_masked: oneOf(surnames) + '某', area: 1000 + i, area_code: county.code, area_name: county.name, area_name_en: english[county.code], sampled: iso(resulted - between(300, 900) * minute), resulted: iso(resulted), opened: iso(resulted),
    source: 'laboratory', found_in: oneOf(['centralised', 'lockdown_screen', 'home_observation', 'control_screen']), waiting_ms: start - resulted, duty: 200000 + i, due: iso(resulted + 24 * 60 * minute), state: 'open', escalation: resulted + 24 * 60 * minute < start - 400 * minute ? 1 : 0, holder_name: i % 23 ? officers[i % 12] : null, institution_name: `${county.name}定点医院`, code: county.code })
}

export function board(area, now) {
  const children = units.filter((u) => u.parent === String(area) && u.kind !== 'devzone' && u.kind !== 'reported_as_prefecture')
  const cells = []
  for (const child of children.length ? children : [unitOf(area)].filter(Boolean)) {
    const found = new Map()
    const cellOf = (rule) => { if (!found.has(rule)) found.set(rule, { area: child.unit, area_code: child.code, area_name: child.name_zh, area_name_en: child.name_en, rule, open: 0, ample: 0, due_soon: 0, overdue: 0, escalated: 0, oldest_due: null, opened_24h: 0, closed_24h: 0 }); return found.get(rule) }
    const count = (duty, rule) => {
      const cell = cellOf(rule), s = stateOf(duty, now)
      if (s === 'closed') { cell.closed_24h++; return }
      cell.open++
      if (s === 'due_soon') cell.due_soon++
      if (s === 'open') cell.ample++
      if (s === 'overdue' || s === 'escalated') cell.overdue++
      if (s === 'escalated') cell.escalated++
      if (Date.parse(duty.opened) > now - 86400000) cell.opened_24h++
      if (cell.oldest_due === null || duty.due < cell.oldest_due) cell.oldest_due = duty.due
    }
    for (const duty of duties) if (within(child.unit, duty.code)) count(duty, duty.rule)
    for (const positive of positives) if (within(child.unit, positive.code)) count(positive, 'diagnose_positive')
    for (const cell of found.values()) cell.closed_24h += Math.round(cell.opened_24h * 0.7)
    cells.push(...found.values())
  }
  return cells
}

// Published: provincial bulletin of 13 March 2022 (data of 0-24 h), with the districts of Changchun; and of 12 March.
const by = (rows) => rows.map(([area, name, en, confirmed_new, converted, asymptomatic_new, confirmed_cumulative, asymptomatic_cumulative]) => ({ area, name, name_en: en, confirmed_new, converted, asymptomatic_new, confirmed_cumulative, asymptomatic_cumulative }))
const thirteen = { area: '220000', area_name: '吉林省', area_name_en: 'Jilin Province', from: '2022-03-13T00:00:00+08:00', to: '2022-03-14T00:00:00+08:00', confirmed_new: 895, converted: 41, severity_new: { mild: 890, common: 4, severe: 1, critical: 0 }, asymptomatic_new: 131, confirmed_cumulative: 2947, severity_cumulative: { mild: null, common: null, severe: null, critical: null }, asymptomatic_cumulative: 1658,
  by_area: by([['220200', '吉林市', 'Jilin City', 453, 19, 120, 1477, 1395], ['220100', '长春市', 'Changchun City', 430, 22, 3, 1391, 208], ['220300', '四平市', 'Siping City', 7, 0, 3, 8, 6], ['222400', '延边州', 'Yanbian Prefecture', 4, 0, 1, 69, 37], ['220700', '松原市', 'Songyuan City', 1, 0, 1, 2, 2], ['220581', '梅河口市', 'Meihekou City', 0, 0, 2, 0, 8], ['220600', '白山市', 'Baishan City', 0, 0, 1, 0, 1], ['220400', '辽源市', 'Liaoyuan City', 0, 0, 0, 0, 1]]),
  text_zh: '3月13日0—24时，吉林省新增本土确诊病例895例（轻型890例、普通型4例、重型1例），其中吉林市453例（含无症状感染者转为确诊19例）、长春市430例（含无症状感染者转为确诊22例）、四平市7例、延边州4例、松原市1例；新增本土无症状感染者131例。',
  text_en: 'From 0:00 to 24:00 on 13 March, Jilin Province counted 895 new local confirmed cases (890 mild, 4 common, 1 severe): Jilin City 453 (19 of them converted from asymptomatic), Changchun 430 (22 converted), Siping 7, Yanbian 4, Songyuan 1; and 131 new local asymptomatic infections.',
  adjustments: [{ measure: 'confirmed_cumulative', severity: 'none', value: -7, from: '2022-03-10T00:00:00+08:00', to: '2022-03-12T00:00:00+08:00', reason: '1 至 12 日逐日新增之和 2,059，公布累计 2,052', source: '省卫生健康委 3 月 13 日通报' }], windows: [] }
const twelve = { ...thirteen, from: '2022-03-12T00:00:00+08:00', to: '2022-03-13T00:00:00+08:00', confirmed_new: 1412, converted: null, severity_new: { mild: null, common: null, severe: null, critical: null }, asymptomatic_new: 744, confirmed_cumulative: 2052, severity_cumulative: { mild: 2025, common: 27, severe: 0, critical: 0 }, asymptomatic_cumulative: 1527,
  by_area: by([['220100', '长春市', 'Changchun City', 831, null, 42, 961, 205], ['220200', '吉林市', 'Jilin City', 571, null, 697, 1024, 1275], ['222400', '延边州', 'Yanbian Prefecture', 9, null, 3, 65, 36], ['220300', '四平市', 'Siping City', 1, null, 1, 1, 3], ['220581', '梅河口市', 'Meihekou City', 0, null, 1, 0, 6], ['220400', '辽源市', 'Liaoyuan City', 0, null, 0, 0, 1], ['220700', '松原市', 'Songyuan City', 0, null, 0, 1, 1]]),
  text_zh: '3月12日0—24时，吉林省新增本土确诊病例1412例，其中长春市831例、吉林市571例、延边州9例、四平市1例；新增本土无症状感染者744例。', text_en: 'From 0:00 to 24:00 on 12 March, Jilin Province counted 1,412 new local confirmed cases and 744 new local asymptomatic infections.' }
const checks = (bad) => [['children_sum', 895, 895], ['severity_sum', 895, 895], ['converted_within', 895, 41], ['cumulative_chain', 2947, 2947], ['origin_sum', 895, 895], ['sentence_moved', 0, bad], ['traceable', 0, 0]].map(([check, expected, found]) => ({ check, expected, found, passed: check !== 'sentence_moved' || bad === 0, detail_zh: check === 'sentence_moved' && bad ? `这些人中还有 ${bad} 项转运或收治未闭合，不得写“均已转运”。` : '', detail_en: check === 'sentence_moved' && bad ? `${bad} of these people still have an open transfer or admission; the sentence may not be printed.` : '' }))
export const bulletinList = [
  { ...thirteen, version: 2, status: 'signed', position: 48211, signed_by: '张某某（虚构）', signed_at: '2022-03-14T08:42:00+08:00', bulletin: 48211, checks: checks(0), differences: [{ measure: 'converted', area: '吉林市', before: 18, after: 19, reason: '一例转确诊在签发后补报' }] },
  { ...thirteen, converted: 40, by_area: thirteen.by_area.map((row) => (row.area === '220200' ? { ...row, converted: 18 } : row)), version: 1, status: 'superseded', position: 47980, signed_by: '张某某（虚构）', signed_at: '2022-03-14T07:55:00+08:00', bulletin: 47980, checks: checks(0), differences: [] },
  { ...twelve, version: 1, status: 'published', position: 39004, signed_by: '张某某（虚构）', signed_at: '2022-03-13T08:30:00+08:00', bulletin: 39004, checks: checks(0), differences: [] },
  ...[[11, 134, 266], [10, 98, 148], [9, 165, 179]].map(([day, c, a]) => ({ ...twelve, from: `2022-03-${String(day).padStart(2, '0')}T00:00:00+08:00`, to: `2022-03-${String(day + 1).padStart(2, '0')}T00:00:00+08:00`, confirmed_new: c, asymptomatic_new: a, version: 1, status: 'published', position: 20000 + day, signed_by: '张某某（虚构）', signed_at: `2022-03-${day + 1}T08:30:00+08:00`, bulletin: 20000 + day, by_area: [], confirmed_cumulative: null, asymptomatic_cumulative: null, severity_cumulative: {}, checks: checks(0), differences: [] }))
]
export const draft = { ...thirteen, version: 0, status: 'draft', position: 51200, checks: checks(214), differences: [] }

export function mapRows(area, now) {
  const rows = units.filter((u) => (u.kind === 'county' || u.kind === 'devzone') && within(area, u.code)).map((u) => {
    const mine = duties.filter((d) => d.code === u.code)
    const late = mine.filter((d) => ['overdue', 'escalated'].includes(stateOf(d, now))).length
    const population = u.kind === 'devzone' ? null : 180000 + (Number(u.code) * 7919) % 900000
    const confirmed = Math.round(mine.length * 1.4)
    return { unit: u.unit, code: u.code, name: u.name_zh, name_en: u.name_en, population, confirmed_new: confirmed, confirmed_cumulative: confirmed * 3, asymptomatic_cumulative: confirmed * 2, open: mine.length, overdue: late, overdue_per_10000: population ? late / (population / 10000) : null }
  })
  return rows
}

export function caseFile(number) {
  const duty = duties.find((d) => d.subject === number || d.case === number) ?? duties[0]
  const positive = positives.find((p) => p.positive === number)
  const base = Date.parse('2022-03-13T22:10:00+08:00')
  const at = (m) => iso(base + m * minute)
  const fact = (seq, kind, m, fields, extra = {}) => ({ seq, kind, occurred: at(m), recorded: at(m + 6), actor_name: officers[seq % 12], area_name: duty.area_name, fields, withdrawn: false, ...extra })
  return {
    case: positive ? null : number, positive: positive ? number : 41980, person: duty.person, name_masked: positive?.name_masked ?? duty.name_masked, status: positive ? 'positive' : 'confirmed', severity: positive ? null : 'mild', origin: 'local', found_in: 'lockdown_screen', area: duty.area, area_code: duty.area_code, area_name: duty.area_name, area_name_en: duty.area_name_en,
    clocks: { sampled: at(0), resulted: at(460), diagnosed: positive ? null : at(640), reported: positive ? null : at(735), counted: null },
    timeline: [fact(41702, 'tube_collected', 0, { code: 'JL0313-0042817', kind: 'pooled', method: 'throat' }), fact(41811, 'tube_resulted', 455, { verdict: 'positive' }), fact(41980, 'positive_found', 460, { source: 'laboratory', found_in: 'lockdown_screen', ct_orf1ab: 2310, ct_n: 2195 }),
      fact(42007, 'positive_reviewed', 540, { outcome: 'positive', ct_orf1ab: 2290 }), ...(positive ? [] : [fact(42110, 'case_diagnosed', 640, { status: 'confirmed', severity: 'mild', origin: 'local' }), fact(42111, 'severity_changed', 650, { severity: 'common' }, { withdrawn: true }), fact(42240, 'report_filed', 735, { card_number: 'C2202-0031' }), fact(42301, 'report_audited', 790, { level: 'county', outcome: 'passed' })])],
    duties: [duty, ...duties.filter((d) => d.code === duty.code && d !== duty).slice(0, 3).map((d, i) => ({ ...d, case: number, subject: number, subject_kind: 'case', closed: i === 2 ? iso(start) : undefined, state: i === 2 ? 'closed' : undefined }))].map((d) => ({ ...d, name_masked: duty.name_masked }))
  }
}

export const posts = units.filter((u) => ['prefecture', 'county'].includes(u.kind)).flatMap((u, i) => [
  { post: 700 + i * 3, title: `${u.name_zh}第一责任人`, title_en: `First responsible person, ${u.name_en}`, role: 'first_responsible', institution_name: `${u.name_zh}指挥部`, area: u.unit, area_name: u.name_zh, area_name_en: u.name_en, holder: 40 + (i % 12), holder_name: officers[i % 12], from: iso(start - 5 * 86400000), until: null, open: i % 9 },
  { post: 701 + i * 3, title: `${u.name_zh}疾控值班`, title_en: `CDC duty officer, ${u.name_en}`, role: 'county_cdc_duty', institution_name: `${u.name_zh}疾病预防控制中心`, area: u.unit, area_name: u.name_zh, area_name_en: u.name_en, holder: i % 7 ? 41 + (i % 11) : null, holder_name: i % 7 ? officers[(i + 1) % 12] : null, from: iso(start - 4 * 3600000), until: iso(start + 4 * 3600000), open: i % 5 }])
export const users = officers.map((name, i) => ({ user: 40 + i, login: `officer${i + 1}`, display: name, roles: [{ role: ['county_cdc', 'designated_hospital', 'transfer_team', 'city_headquarters'][i % 4], unit: '220200', unit_name_zh: '吉林市', unit_name_en: 'Jilin City' }], registered: iso(start - (20 + i) * 86400000) }))
export const roles = [['province_headquarters', 'province', 'operations'], ['city_headquarters', 'city', 'operations'], ['county_cdc', 'county', 'operations'], ['designated_hospital', 'county', 'operations'], ['transfer_team', 'county', 'operations'], ['system_admin', 'province', 'system'], ['security_admin', 'province', 'security'], ['audit_admin', 'province', 'audit']].map(([role, level, power]) => ({ role, level, power, commands: role === 'county_cdc' ? ['audit_report', 'file_event_report', 'exclude_case'] : role === 'designated_hospital' ? ['diagnose_positive', 'change_severity', 'admit_person', 'discharge_case'] : [] }))
export const plans = [['base', '通用底层'], ['prevention-8', '新型冠状病毒肺炎防控方案（第八版）'], ['treatment-8-revised', '新型冠状病毒肺炎诊疗方案（试行第八版 修订版）'], ['testing-guide-2', '区域新型冠状病毒核酸检测组织实施指南（第二版）'], ['jilin-2022-03-11', '省指挥部令（2022 年 3 月 11 日）']].map(([layer, title], i) => ({ layer, title, from: iso(Date.parse('2021-05-11T00:00:00+08:00') + i * 60 * 86400000), to: null, signed_by: i === 4 ? '省指挥部' : '国务院联防联控机制综合组' }))
export const planRules = [...rules, ['diagnose_positive', 'positive', 24 * 60, 'designated_hospital', 'diagnose_positive', '诊疗方案（第八版修订）', true]].map(([rule, , minutes, , , source, verified], i) => ({ rule, kind: 'duty', layer: i % 3 === 2 ? 'jilin-2022-03-11' : 'prevention-8', value: `时限 ${minutes / 60} 小时`, source, mark: verified ? 'V' : 'U', verified, from: '2021-05-11T00:00:00+08:00', to: null, superseded_by: null }))
  .concat([{ rule: 'pool_size', kind: 'value', layer: 'testing-guide-2', value: '10', source: '检测组织实施指南（第二版）', mark: 'V', verified: true, from: '2021-05-11T00:00:00+08:00', to: null, superseded_by: null }, { rule: 'report_direct', kind: 'duty', layer: 'prevention-7', value: '时限 2 小时', source: '防控方案（第七版）', mark: 'V', verified: true, from: '2020-09-11T00:00:00+08:00', to: '2021-05-11T00:00:00+08:00', superseded_by: 'prevention-8' }])
export const audit = Array.from({ length: 120 }, (_, i) => ({ seq: 9000 - i, at: iso(start - i * 7 * minute), user: 40 + (i % 12), user_name: officers[i % 12], action: ['query', 'reveal', 'command', 'login', 'export'][i % 5], target: i % 5 === 1 ? `人员 ${8000000000 + i}` : ['loops', '', 'file_report', '', 'positives'][i % 5], reason: i % 5 === 1 ? '核对流调信息' : '', outcome: i % 17 === 3 ? 'refused' : 'ok', address: `10.22.${i % 9}.${i % 200}`, request_id: (0xabc000 + i).toString(16) }))
export const notices = Array.from({ length: 7 }, (_, i) => ({ notice: 52000 + i, rule: rules[i][0], step: (i % 3) + 1, count: 3 + i * 4, queued: iso(start - i * 13 * minute), area_name: ['船营区', '九台区', '昌邑区'][i % 3], acknowledged: null }))

for (const row of bulletinList) row.proof = `BIHUAN-BULLETIN/1 ${row.area} ${row.from} ${row.to} v${row.version} @${row.position} sha256:${String(row.bulletin ?? 0).padStart(64, '0')}`
const measures = ['confirmed_new', 'converted', 'asymptomatic_new', 'confirmed_cumulative', 'asymptomatic_cumulative']
export function verified(text) {
  const [, area, from, to, version] = text.split(' ')
  const row = bulletinList.find((b) => b.proof.split(' ').slice(0, 5).join(' ') === text.split(' ').slice(0, 5).join(' '))
  const result = !row ? 'unknown' : row.proof === text ? 'right' : 'altered'
  const [words, words_en] = { right: ['属实：与本日志所签的版本一致。', 'True: exactly as signed in this log.'], altered: ['不符：本日志所签的数字不同。', 'Not true: this log has other figures.'], unknown: ['本日志没有签发过这一版。', 'This log holds no such signed version.'] }[result]
  return { valid: result === 'right', result, words, words_en, area, area_name: '吉林省', area_name_en: 'Jilin Province', from, to, version: Number((version ?? 'v0').slice(1)),
    ...(row ? { position: row.position, signed_by: row.signed_by, signed_at: row.signed_at, figures: Object.fromEntries(measures.map((name) => [name, row[name]])) } : {}) }
}
export const sampleDays = [[8, 0, 0, 60, 71], [9, 165, 179, 120, 160], [10, 98, 148, 90, 170], [11, 134, 266, 300, 310], [12, 1412, 744, 1100, 500], [13, 895, 131, 1034, 257]].map(([day, a, b, c, d]) => ({ day: `2022-03-${String(day).padStart(2, '0')}T00:00:00+08:00`, confirmed_reported: a, asymptomatic_reported: b, confirmed_sampled: c, asymptomatic_sampled: d }))
export const forecast = { rule: 'diagnose_positive', open: 3868, overdue: 1204, opened_24h: 900, closed_24h: 630, outcome: 'grows', clears: null, words: '积压在增长：近24小时新开900、闭合630。', words_en: 'The backlog grows: 900 opened and 630 closed in the last 24 h.' }
