// Texts of the round's screens.
export default {
  round: {
    list: '全员检测 · {area}', listLead: '最近的在最前；点行打开', title: '{area} 第 {n} 轮', part: '仅本辖区部分', order: '下达新一轮', state: '状态', number: '轮次', starts: '开始', deadline: '截止', finished: '结束', pool: '混采', poolOf: '{n} 混 1', due: '应检', sampled: '已采', exempt: '免检', missed: '未采', covered: '覆盖',
    household: '封控户一户一管', keySingle: '重点人群单采', antigen: '先做抗原', lists: '敲门名单', byPlace: '按地区', worstFirst: '未采最多的在最前', chain: '采样管流转', chainLead: '从采样到报告；两级之间是等着的管数', pools: '阳性混管', poolsOpen: '待处置 {n}', poolsNone: '没有阳性混管', resolved: '已处置 {n}', positives: '检出阳性 {n} 人',
    forecast: '预计', forecastSampled: '采样完成', forecastReported: '结果出齐', early: '比截止早 {span}', lateBy: '比截止晚 {span}', noForecast: '上一小时没有进展，无法预计', rate: '上一小时采样 {n} 人', told: '检测能力每小时 {n} 管', never: '按现有进度无法完成', ofRound: '按全轮统计，辖区部分没有此数', done: '已完成',
    duties: '谁必须行动', dutiesLead: '能力缺口、扫尾、敲门与关闭', noDuties: '没有未闭合的事项', noDutiesHint: '能力不足、到了扫尾时间或有人未采时，这里列出责任人和时限。', shortage: '能力缺口', shortOf: '{kind}：需要 {needed}，现有 {available}', shortMet: '已补足', shortFinish: '按现有能力完成于', hours: '每小时进度', hoursLead: '累计管数；虚线是截止时间', hour: '小时', people: '采样人数', tubes: '管', map: '各县区未采人数', noHours: '还没有采样', noHoursHint: '第一管采样后，这里按小时画出进度。',
    lateBoxes: '本地区超时转运箱', lateOf: '送达 {deliver} · 出结果 {test}', wasteful: '混管阳性率高', wastefulOf: '{pools} 个混管中 {positive} 个阳性，混检反而费时：改用 {n} 混 1', sites: '采样点', doors: '未采住户', moveOn: '进入下一阶段', close: '结束本轮', print: '打印', all: '全部轮次', empty: '{area}没有全员检测', emptyHint: '先有名册，再下达轮次；下令前会测算检测和采样能力是否够用。', emptyOf: '没有这一轮，或它不在您的辖区内', above: '上一级', expected: '预计共 {n} 管', left: '剩余'
  },
  stage: { sampled: '采样', sealed: '装箱', delivered: '送达', received: '签收', tested: '检测', reported: '报告' },
  waiting: { sealed: '{n} 待装箱', delivered: '{n} 在途', received: '{n} 待签收', tested: '{n} 待检测', reported: '{n} 待报告' },
  frequency: { title: '轮次与停止条件', lead: '按方案：做过几轮、下一轮何时、可否停止', done: '已完成轮数', clean: '连续无社会面感染轮数', rule: '适用规则', every: '每 {n} 小时', next: '下一轮应开始', stop: '可否停止', missing: '至少还差 {n} 轮', source: '来源' },
  frequencyRule: { none: '方案未规定', first: '最初轮次未满', hot: '近几轮有感染者或未达停止条件', recent: '近期有感染者', other: '近期无感染者', last: '间隔后的最后轮次', ended: '可以停止' },
  stopAnswer: { no_rule: '方案未规定', no: '不可停止', judged: '由指挥部研判', yes: '可以停止' },
  roundState: { ordered: '已下达', sampling: '采样中', mop_up: '扫尾补采', sampled_closed: '采样结束', closed: '已结束' },
  shortKind: { laboratory: '检测能力（管/小时）', samplers: '采样员', tubes: '采样管' },
  orderForm: {
    title: '下达全员检测', lead: '先测算，再下令；数字随填写变化', what: '检测安排', area: '地区', roll: '名册', rollOf: '{name} · {n} 人', noRoll: '该地区没有名册', noRollHint: '先建立名册并导入住户，才能下达轮次。', starts: '开始', deadline: '截止', deadlineHint: '不填则按方案', poolSize: '混采人数', poolPlan: '按方案', options: '选项', household: '封控户一户一管', keySingle: '重点人群单采单检', antigen: '先做抗原',
    verdict: '能否按时完成', fits: '可以按时完成', short: '现有能力不够', due: '应检', exempt: '免检 {n}', tubes: '需要采样管', tubesBy: '截止前可检测', perHour: '每小时 {n} 管', samplers: '需要采样员', samplersThere: '现有 {n} 名', perSampler: '每名服务 {n} 人', beside: '同时进行的轮次', besideNeed: '在此仍需检测 {tubes} 管、采样 {people} 人', stock: '采样管库存', sampledBy: '采样完成', testedBy: '检测完成', finish: '预计完成', never: '永远完不成', early: '早 {span}', late: '晚 {span}',
    whatIf: '假如', extraTubes: '检测能力再增加（管/小时）', extraSamplers: '采样员再增加（名）', pools: '各种混采人数', poolTubes: '管数', poolEnd: '检测完成', poolFits: '能否按时', yes: '能', no: '不能', take: '改用 {n} 混 1', advice: '怎么办', adviceLab: '需 {tubes} 管，截止前只能检测 {able} 管：', adviceNoPool: '改混采人数也来不及，', advicePool: '改为 {n} 混 1，或者', adviceHelp: '请求支援每小时 {n} 管', adviceSamplers: '需要 {needed} 名采样员，现有 {available} 名：再调 {n} 名', adviceStock: '需要 {needed} 支采样管，库存 {available} 支：再调 {n} 支',
    because: '能力不足仍下令的理由', becauseHint: '理由会记入事实，并为补足能力的责任人开出有时限的事项。', confirm: '输入“{name}”以确认', give: '下达', given: '已下达', reading: '正在测算…', choose: '选好地区、名册和开始时间后，这里显示测算。'
  },
  sites: {
    title: '采样点 · {area}', lead: '{open} 个开放，{queue} 人排队', name: '采样点', stations: '采样台', samplers: '采样员', queue: '排队', waiting: '等候', minutes: '{n} 分', told: '报告于', done: '已采', rate: '每小时', left: '还有', finish: '预计完成', tubes: '管', boxed: '已装箱', unboxed: '{n} 管未装箱', allBoxed: '全部装箱', closed: '已关闭', open: '开放', tell: '报排队', close: '关闭', openSite: '开放采样点',
    advice: '调配建议', requests: '{n} 项请求待答复', send: '发出', refuse: '不能支援', move: '从{from}调 {n} 个采样台到{to}', moveGain: '较晚的一处由 {before} 提前到 {after}', noAdvice: '各采样点进度相近，不必调配', empty: '{area}没有采样点', emptyHint: '开放采样点后，这里显示排队、速度和预计完成时间。', onlyOpen: '只看开放的', noRate: '开采后才有速度', noRound: '没有正在进行的轮次', noRoundHint: '下达轮次后才能开放采样点。', notTold: '未报'
  },
  doors: {
    title: '未采住户 · {area}', lead: '{n} 人未采', community: '社区', choose: '选择社区查看名单', stair: '楼栋单元', buildings: '按楼栋', missed: '未采名单', building: '{n} 栋', unit: '{n} 单元', door: '门牌', name: '姓名', tries: '上门', triesOf: '{n} 次', never: '未上门', reason: '上次原因', tried: '上次上门', record: '记录未采到', exempt: '免检', household: '户', householdOf: '户内 {n} 人', key: '重点', empty: '{area}没有未采的人', emptyHint: '应检的人都已采样或有免检理由。', noRound: '没有正在进行的轮次', noRoundHint: '轮次下达后，名册减去已采和免检，就是这里的名单。', households: '{n} 户', closed: '这一轮已结束'
  },
  missedReason: { absent: '无人', refused: '拒绝', moved: '已搬走', other: '其他' },
  residentCategory: { permanent: '常住', temporary: '暂住', floating: '流动', institutional: '集体' },
  rolls: {
    title: '名册 · {area}', lead: '住户按门牌顺序编号；号码不重排', name: '名称', residents: '住户', away: '不在册应检', key: '重点人群', communities: '社区', open: '新建名册', empty: '{area}没有名册', emptyHint: '新建名册，再按社区导入住户；重复导入不会重复计人。', objections: '名册异议', objectionsLead: '登记有误的人可以提出异议，须限时答复', noObjections: '没有未答复的异议', noObjectionsHint: '采样员或社区提出异议后列在这里。',
    import: '导入住户', importLead: 'CSV 或 XLSX；先试算，逐行列出错误，改好再导入。证件号已在册的人会跳过并计数。', file: '文件', dryRun: '试算', doImport: '导入', template: '下载模板', rows: '行数', accepted: '通过', known: '已在册', refused: '有误', errors: '逐行错误', line: '行', fault: '原因', wasTried: '试算结果', wasImported: '已导入', noErrors: '没有错误，可以导入', errorsFile: '下载带原因的错误行', working: '正在处理…', roll: '名册'
  }
}
