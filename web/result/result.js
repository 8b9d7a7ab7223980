// The public result page: asks for the state of one sample, shows it, keeps nothing.
(() => {
  'use strict'
  const texts = {
    zh: {
      title: '核酸检测结果查询', other: 'English', doors: '查询方式', byReceipt: '用查询码', byDocument: '用证件号',
      receipt: '采样时给您的查询码', receiptHelp: '13 位字母和数字，例如 04HM-ASW9-NF6Y-X。字母不分大小写。', look: '查询', looking: '正在查询…',
      document: '身份证或其他证件号码', documentHelp: '验证码不会显示在这里：它会发给您的社区工作人员，由其打登记的电话告诉您。',
      send: '获取验证码', sent: '已受理。如果该证件已登记，社区工作人员会把验证码告诉您，10 分钟内有效。', code: '6 位验证码',
      privacy: '这里只显示这一份样本的状态和时间，不显示姓名，也不在手机里留下记录。', print: '打印', selfTest: '上报抗原自测', exercise: '练习，人员均为虚构',
      sampled: '采样时间', resulted: '结果时间', now: '查询时间', proof: '查询码：', wrong: '查询码不对，请核对 13 位字符。', empty: '请填写。',
      offline: '无法连接，请检查网络后再试。',
      unknown: ['尚未收到这份样本', '采样人员的手机可能还没有联网。请核对查询码，过一小时再查。较早轮次的查询码已失效。'],
      waiting: ['结果尚未出来', '样本仍在处理中。如有需要您知道或配合的事，工作人员会打电话给您。请等候，不必反复查询。'],
      negative: ['阴性', '这份样本中没有检出新冠病毒核酸。它只说明采样当时的情况，请继续做好防护。'],
      sample_again: ['样本无法检测，请重新采样', '这份样本不能用于检测。请到采样点再采一次，或与社区联系上门采样。'],
      positive: ['阳性', '工作人员已就此与您联系。请留在原处，不要外出，不要乘坐公共交通。如果还没有人联系您，请马上打电话给社区。']
    },
    en: {
      title: 'My test result', other: '中文', doors: 'How to look', byReceipt: 'Receipt code', byDocument: 'Document number',
      receipt: 'The receipt code given to you when you were sampled', receiptHelp: '13 letters and digits, for example 04HM-ASW9-NF6Y-X. Upper or lower case does not matter.', look: 'Look', looking: 'Looking…',
      document: 'Number of your identity card or other document', documentHelp: 'The code is not shown here: it goes to your community officer, who calls your registered telephone and tells you.',
      send: 'Ask for a code', sent: 'Taken. If this document is registered, your community officer will tell you the code. It is valid for 10 minutes.', code: 'Six-digit code',
      privacy: 'This page shows only the state and the times of this one sample, no name, and leaves nothing on your phone.', print: 'Print', selfTest: 'Report an antigen self test', exercise: 'Exercise, made-up people',
      sampled: 'Sampled', resulted: 'Result', now: 'Looked up', proof: 'Receipt code: ', wrong: 'This code is not right. Please check its 13 characters.', empty: 'Please fill this in.',
      offline: 'No connection. Please check your network and try again.',
      unknown: ['This sample has not arrived yet', 'The sampler’s phone may still be offline. Please check the code and look again in an hour. Codes of earlier rounds have ended.'],
      waiting: ['Not yet available', 'Your sample is still being processed. If there is anything for you to know or to do, somebody will call you. Please wait; there is no need to look again and again.'],
      negative: ['Negative', 'No virus was found in this sample. It speaks only of the time when it was taken; please go on protecting yourself.'],
      sample_again: ['This sample cannot be tested. Please be sampled again', 'Please go to a sampling site once more, or ask your community to send somebody to your door.'],
      positive: ['Positive', 'Somebody has spoken with you about this. Stay where you are, do not go out and do not use public transport. If nobody has called you yet, call your community now.']
    }
  }
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const at = (id) => document.getElementById(id)
  let language = /^zh/i.test(navigator.language) ? 'zh' : 'en'
  let shown = null // the last answer, and the code it was asked with
  let problem = null // a text of our own (its name), or both languages from the server

  /** The code as it is written, or null when its check character does not fit. */
  function receiptOf(typed) {
    const plain = typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
    const values = Array.from(plain, (c) => alphabet.indexOf(c))
    if (values.length !== 13 || values.includes(-1)) return null
    let sum = 0
    for (let place = 11, factor = 2; place >= 0; place--, factor = 3 - factor) {
      const part = values[place] * factor
      sum += Math.floor(part / 32) + part % 32
    }
    return (32 - sum % 32) % 32 === values[12] ? plain.replace(/(.{4})(?=.)/g, '$1-') : null
  }

  /** "2022-03-18T09:12:00+08:00" as it is: the outbreak's own time, wherever the reader is. */
  const timeOf = (text) => text.slice(0, 10) + ' ' + text.slice(11, 16)

  function show() {
    const words = texts[language]
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.title = words.title
    for (const part of document.querySelectorAll('[data-text]')) part.textContent = words[part.dataset.text]
    for (const part of document.querySelectorAll('[data-label]')) part.setAttribute('aria-label', words[part.dataset.label])
    at('language').textContent = words.other
    at('language').lang = language === 'zh' ? 'en' : 'zh-CN'
    at('problem').hidden = !problem
    at('problem').className = problem === 'sent' ? 'taken' : ''
    at('problem').textContent = problem ? (words[problem] || problem[language]) : ''
    at('answer').hidden = !shown
    if (!shown) return
    at('answer').className = shown.state
    at('exercise').hidden = !shown.exercise
    at('state').textContent = words[shown.state][0]
    at('meaning').textContent = words[shown.state][1]
    at('times').textContent = ''
    for (const name of ['sampled', 'resulted', 'now']) {
      if (!shown[name]) continue
      const term = document.createElement('dt'), value = document.createElement('dd')
      term.textContent = words[name]
      value.textContent = timeOf(shown[name])
      at('times').append(term, value)
    }
    at('proof').textContent = shown.receipt ? words.proof + shown.receipt + ' · ' + location.origin + '/result/' : ''
  }

  async function ask(path, body) {
    problem = null
    for (const button of document.querySelectorAll('form button')) button.disabled = true
    try {
      const response = await fetch(path, { method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
      const json = await response.json()
      if (response.ok) return json
      problem = { zh: json.detail_zh, en: json.detail_en }
    } catch {
      problem = 'offline'
    } finally {
      for (const button of document.querySelectorAll('form button')) button.disabled = false
    }
    return null
  }

  async function look(body, receipt) {
    shown = null
    const answer = await ask('/api/v1/result', body)
    if (answer) shown = Object.assign(answer, { receipt })
    show()
    if (shown) at('answer').focus()
  }

  function refuse(name) {
    shown = null
    problem = name
    show()
  }

  function door(which) {
    at('receipt-form').hidden = which !== 'receipt'
    at('document-form').hidden = which !== 'document'
    at('by-receipt').setAttribute('aria-pressed', String(which === 'receipt'))
    at('by-document').setAttribute('aria-pressed', String(which === 'document'))
    refuse(null)
  }

  at('by-receipt').addEventListener('click', () => door('receipt'))
  at('by-document').addEventListener('click', () => door('document'))
  at('language').addEventListener('click', () => { language = language === 'zh' ? 'en' : 'zh'; show() })
  at('print').addEventListener('click', () => print())
  at('receipt-form').addEventListener('submit', (event) => {
    event.preventDefault()
    const receipt = receiptOf(at('receipt').value)
    if (!receipt) return refuse(at('receipt').value.trim() ? 'wrong' : 'empty')
    at('receipt').value = receipt
    return look({ receipt }, receipt)
  })
  at('document-form').addEventListener('submit', (event) => {
    event.preventDefault()
    const body = { document: at('document').value.trim(), code: at('code').value.trim() }
    return body.document && body.code ? look(body, null) : refuse('empty')
  })
  at('send').addEventListener('click', async () => {
    const number = at('document').value.trim()
    if (!number) return refuse('empty')
    shown = null
    if (await ask('/api/v1/result/code', { document: number })) problem = 'sent'
    show()
    return at('code').focus()
  })

  show()
  // A scanned code opens this page with the receipt after '#', which no server sees; it does not stay in the history.
  const given = receiptOf(location.hash.slice(1))
  if (given) {
    history.replaceState(null, '', location.pathname)
    at('receipt').value = given
    look({ receipt: given }, given)
  }
})()
