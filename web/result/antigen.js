// A person tells the self test of his own kit: code, lines, photo, send. Keeps nothing.
(() => {
  'use strict'
  const texts = {
    zh: {
      title: '上报抗原自测', other: 'English', exercise: '练习，人员均为虚构', kit: '试剂盒标签上的编码', next: '下一步', send: '发送',
      kitHelp: '用手机相机扫标签上的二维码会自动填好；也可输入 13 位字母和数字。', who: '是哪一位的检测', place: '第 # 位',
      lines: '检测卡上看到什么', negative: '只有 C 线：阴性', positive: 'C 和 T 两条线，T 再浅也算：阳性', invalid: '没有 C 线：无效',
      photo: '给检测卡拍照（不要拍到人）', days: '如有发热、咳嗽等症状：已几天（没有则不填）', vaccinated: '接种疫苗后 # 小时内不宜检测。',
      privacy: '照片加密保存，只有社区判读人员写明理由后才能查看，且每次查看都有记录。不在手机里留下记录。',
      wrong: '编码不对，请核对 13 位字符。', empty: '请填写。', offline: '无法连接，请检查网络后再点“发送”：不会重复上报。',
      chooseWho: '请选择是哪一位。', chooseLines: '请选择看到的线。', wrongDays: '天数应为 0 到 60。', badPhoto: '照片无法读取，请重新拍照。',
      used: ['这个试剂已上报过', '每个试剂只能上报一次。如果上报有误，请告诉社区工作人员。'],
      told_negative: ['已收到：阴性', '这只说明检测当时的情况。如果有症状，请留在家中，每天再测一次，并告诉社区。'],
      told_positive: ['已收到：阳性', '请留在原处，不要外出。社区会与您联系，安排核酸检测。抗原阳性不是确诊，以核酸结果为准。'],
      told_invalid: ['已收到：无效', '请换一个试剂重测。没有试剂时，请向社区领取。']
    },
    en: {
      title: 'Report my self test', other: '中文', exercise: 'Exercise, made-up people', kit: 'The code on the label of the kit', next: 'Next', send: 'Send',
      kitHelp: 'Scan the QR code on the label with your camera and it is filled in; or type its 13 letters and digits.', who: 'Whose test is it', place: 'Person #',
      lines: 'What do you see on the test', negative: 'Only the line C: negative', positive: 'Both lines C and T, however faint T is: positive', invalid: 'No line C: invalid',
      photo: 'Take a photo of the test (nobody in it)', days: 'With fever, cough or the like: for how many days (else leave empty)', vaccinated: 'Do not test within # hours of a vaccination.',
      privacy: 'The photo is kept encrypted. Only the officer who reads it can open it, with a reason, and every look is noted. Nothing stays on your phone.',
      wrong: 'This code is not right. Please check its 13 characters.', empty: 'Please fill this in.', offline: 'No connection. Check your network and press Send again: it is never counted twice.',
      chooseWho: 'Please say whose test it is.', chooseLines: 'Please say what you see.', wrongDays: 'Days should be 0 to 60.', badPhoto: 'This photo cannot be read. Please take another.',
      used: ['This kit was reported already', 'A kit is reported once. If something was wrong, tell your community officer.'],
      told_negative: ['Received: negative', 'It speaks only of the time of the test. If you have symptoms, stay at home, test again each day and tell your community.'],
      told_positive: ['Received: positive', 'Stay where you are and do not go out. Your community will call you and see to a nucleic acid test. An antigen test is no diagnosis; the nucleic acid result decides.'],
      told_invalid: ['Received: invalid', 'Please take another test. If you have no kit left, ask your community for one.']
    }
  }
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ', SIDE = 1024, BYTES = 200 * 1024
  const at = (id) => document.getElementById(id)
  let language = /^zh/i.test(navigator.language) ? 'zh' : 'en'
  let shown = null // name of what happened
  let problem = null // a text of our own (its name), or both languages from the server
  let kit = null // the code, once the server knows it, and what it answered
  let photo = null // base64
  let sent = null // body and key of what is under way: sent again it is the same

  /** The code as it is written, or null when its check character does not fit. */
  function codeOf(typed) {
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

  function show() {
    const words = texts[language]
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.title = words.title
    for (const part of document.querySelectorAll('[data-text]')) part.textContent = words[part.dataset.text]
    for (const part of document.querySelectorAll('[data-place]')) part.textContent = words.place.replace('#', part.dataset.place)
    at('language').textContent = words.other
    at('language').lang = language === 'zh' ? 'en' : 'zh-CN'
    at('problem').hidden = !problem
    at('problem').textContent = problem ? (words[problem] || problem[language]) : ''
    at('kit-form').hidden = Boolean(kit)
    at('test-form').hidden = !kit || Boolean(shown)
    at('exercise').hidden = !kit || !kit.exercise
    at('advice').textContent = kit && kit.vaccination_hours ? words.vaccinated.replace('#', kit.vaccination_hours) : ''
    at('answer').hidden = !shown
    if (!shown) return
    at('answer').className = shown.replace('told_', '')
    at('state').textContent = words[shown][0]
    at('meaning').textContent = words[shown][1]
  }

  async function ask(path, body, headers) {
    problem = null
    for (const button of document.querySelectorAll('form button')) button.disabled = true
    try {
      const response = await fetch(path, { method: 'POST', cache: 'no-store', headers: Object.assign({ 'Content-Type': 'application/json' }, headers), body: JSON.stringify(body) })
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

  async function look(code) {
    const answer = await ask('/api/v1/antigen/kit', { kit: code })
    if (answer && answer.state === 'used') shown = 'used'
    if (answer) kit = Object.assign(answer, { code })
    at('people').textContent = ''
    at('who').hidden = !answer || answer.people.length < 2
    for (const [place, one] of (answer ? answer.people : []).entries()) {
      const label = document.createElement('label'), input = document.createElement('input'), number = document.createElement('span')
      label.className = 'choice'
      Object.assign(input, { type: 'radio', name: 'slot', value: one.slot, checked: answer.people.length === 1 })
      number.dataset.place = place + 1
      label.append(input, number, ' ' + one.name)
      at('people').append(label)
    }
    show()
    if (shown) at('answer').focus()
  }

  /** A JPEG without the notes that cameras and browsers add: no place, no time, no device. */
  function bare(bytes) {
    const parts = [bytes.subarray(0, 2)]
    let from = 2
    while (from + 4 <= bytes.length && bytes[from] === 0xff && bytes[from + 1] !== 0xda) {
      const marker = bytes[from + 1], to = from + 2 + bytes[from + 2] * 256 + bytes[from + 3]
      if (marker !== 0xfe && (marker < 0xe1 || marker > 0xef)) parts.push(bytes.subarray(from, to))
      from = to
    }
    parts.push(bytes.subarray(from))
    return new Blob(parts)
  }

  const read = (blob, how) => new Promise((done, failed) => {
    const reader = new FileReader()
    reader.onload = () => done(reader.result)
    reader.onerror = failed
    reader[how](blob)
  })

  /** Small enough to send, drawn anew. */
  async function shrink(file) {
    const canvas = at('preview'), image = await createImageBitmap(file)
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height))
    canvas.width = Math.max(1, Math.round(image.width * scale))
    canvas.height = Math.max(1, Math.round(image.height * scale))
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
    canvas.hidden = false
    for (const quality of [0.75, 0.5, 0.3]) {
      const blob = await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', quality) })
      const small = bare(new Uint8Array(await read(blob, 'readAsArrayBuffer')))
      if (small.size <= BYTES) return (await read(small, 'readAsDataURL')).split(',')[1]
    }
    throw new Error('too large')
  }

  function refuse(name) {
    problem = name
    show()
  }

  /** A key of the moment and of chance; the same again for the same body. */
  function keyFor(body) {
    const text = JSON.stringify(body)
    if (!sent || sent.text !== text) {
      const chance = Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, '0')).join('')
      sent = { text, key: Date.now().toString(16).padStart(12, '0') + chance }
    }
    return sent.key
  }

  at('language').addEventListener('click', () => { language = language === 'zh' ? 'en' : 'zh'; show() })
  at('kit-form').addEventListener('submit', (event) => {
    event.preventDefault()
    const code = codeOf(at('kit').value)
    if (!code) return refuse(at('kit').value.trim() ? 'wrong' : 'empty')
    return look(code)
  })
  at('photo').addEventListener('change', async () => {
    photo = null
    problem = null
    const file = at('photo').files[0]
    at('preview').hidden = true
    try {
      if (file) photo = await shrink(file)
    } catch {
      at('photo').value = ''
      problem = 'badPhoto'
    }
    show()
  })
  at('test-form').addEventListener('submit', async (event) => {
    event.preventDefault()
    const slot = document.querySelector('[name=slot]:checked'), outcome = document.querySelector('[name=outcome]:checked'), days = at('days').value.trim()
    if (!slot) return refuse('chooseWho')
    if (!outcome) return refuse('chooseLines')
    if (days && !(/^\d+$/.test(days) && Number(days) <= 60)) return refuse('wrongDays')
    const body = { kit: kit.code, slot: Number(slot.value), outcome: outcome.value }
    if (days) body.symptom_days = Number(days)
    if (photo) body.photo = photo
    if (await ask('/api/v1/antigen', body, { 'Idempotency-Key': keyFor(body) })) {
      shown = 'told_' + outcome.value
      photo = null
    }
    show()
    if (shown) at('answer').focus()
    return undefined
  })

  show()
  // A scanned label opens this page with the code after '#', which no server sees; it does not stay in the history.
  const given = codeOf(location.hash.slice(1))
  if (given) {
    history.replaceState(null, '', location.pathname)
    at('kit').value = given
    look(given)
  }
})()
