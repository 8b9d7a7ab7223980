// Texts of the laboratory's screens.
export default {
  lab: {
    title: '检测工作台 · {area}', lead: '{waiting} 管待检，一小时内还可收 {room} 管', choose: '检测机构', none: '{area}没有检测机构', noneHint: '登记检测机构并报告检测能力后，这里显示送来的转运箱。', tab: { boxes: '转运箱', plates: '检测板', load: '负荷与用时' }, scan: '扫描或输入箱码', openBox: '打开', onTheWay: '在途', toReceive: '待接收', waiting: '待检', room: '可再收', capacity: '检测能力', perHour: '{n} 管/小时', waitFor: '排空需 {n} 分',
    clock: '送达时限', lateBy: '超 {span}', leftOf: '剩 {span}', here: '已到 {span}', elsewhere: '外区采样点', state: '状态', code: '箱码', site: '采样点', tubes: '管', unanswered: '未出结果', age: '首样至今', sealed: '封箱', pickedUp: '取箱', received: '接收', differences: '差异', receive: '收箱', look: '查看', boxesEmpty: '没有这样的转运箱', boxesEmptyHint: '采样点封箱后，转运箱从这里开始可见；选“全部”看已出结果的。', anyState: '未出结果的', all: '全部',
    plateCode: '板码', laid: '布板', read: '读板', released: '签发', cleared: '阴性', singly: '逐管报告', repeated: '重做', lay: '布一块板', platesEmpty: '还没有检测板', platesEmptyHint: '收箱后布板：扫一管占一孔，最后两孔是对照。', laboratory: '检测机构', tested: '已检', reported: '已报告', rejected: '拒收', thisHour: '本小时收 / 检', pools: '混管（阳性）', prevalence: '估计阳性率', perMillion: '百万分之 {n}', advice: '建议', pooling: '混检', wasteful: '阳性率高，混检反而费时：改用 {n} 混 1', poolFine: '适用', loadEmpty: '还没有机构报告检测能力', loadEmptyHint: '检测机构用“报告能力”给出每小时可检管数。', turn: '各环节用时（最近一日）', turnEmpty: '还没有走完全程的管', segment: '环节', slow: '九成在此之内', median: '中位数', tellCapacity: '报告能力'
  },
  boxState: { sealed: '已封箱', on_the_way: '在途', received: '已接收', answered: '已出结果', lost: '丢失' },
  tubeState: { expected: '待收', received: '已收', missing: '缺失', answered: '已出结果', rejected: '拒收' },
  boxStep: { seal: '封箱', pick_up: '取箱', receive: '接收' },
  incidentKind: { spill: '泄漏', crash: '交通事故', delay: '延误', temperature: '温度异常', lost: '丢失', other: '其他' },
  rejectReason: { leak: '渗漏', empty: '空管', no_label: '无标签', too_old: '超时', wrong_count: '人数不符', inhibited: '扩增抑制', other: '其他' },
  box: {
    title: '转运箱 {code}', offer: '交接码', offerLead: '请转运员用手机先扫箱码、再扫此码：扫码即签名，双方各留凭证。他没有手机时，在下面代记。', tube: '管码', lead: '{state} · {n} 管', facts: '经过', firstSample: '首样', temperature: '温度', degrees: '{n} ℃', receiveTitle: '收箱：只记例外', receiveLead: '清单上的管都当作到齐；只标出缺失和损坏的。', list: '管码清单', here: '到齐', missing: '缺失', damaged: '损坏', count: '清点管数（手数）', expected: '清单 {n} 管，应到 {here} 管', courier: '转运员签名', receiver: '接收人签名', temperatureIn: '到达温度（℃）', do: '收箱', differs: '清点 {counted} 管，应到 {here} 管：仍可收箱，但会留下一项须说明的差异。', differences: '清点差异', differenceOf: '{step}：清单 {expected}，清点 {counted}', explained: '已说明', explain: '说明差异', incidents: '转运事件', people: '人数', sampled: '采样', state: '状态', reject: '拒收', laboratory: '检测机构', layPlate: '用本箱的管布板', missingBox: '没有这个转运箱', missingBoxHint: '核对箱码；箱子封好后才查得到。', destination: '送往', nowhere: '去向未定', route: '指定去向', routeAgain: '改送', incident: '报告事件'
  },
  plateState: { laid: '已布板', read: '已读板', void: '对照不合格', released: '已签发' },
  verdict: { positive: '阳性', negative: '阴性', grey: '灰区', invalid: '无效' },
  control: { negative: '阴性对照', positive: '阳性对照' },
  plate: {
    title: '检测板 {code}', layTitle: '布板', layLead: '扫一管占一孔，自上而下逐列；最后两孔是阴性、阳性对照', code: '板码', scan: '扫描管码', add: '占下一孔', taken: '{n} 管，还有 {left} 孔', twice: '{code} 已在 {well}', full: '板已满', undo: '撤回最后一管', do: '布板', map: '板图', well: '孔', sheet: '仪器上机表', sheetCsv: 'CSV', sheetXlsx: 'XLSX', profile: '仪器格式', results: '读入仪器结果文件', resultsLead: '文件须整板无误才会写入；有错时逐行列出，什么也不写。', file: '文件', check: '试读', read: '读入', checked: '{n} 孔可以读入', faults: '文件有误，什么也没有写入', row: '行', column: '列', fault: '原因', release: '签发', releaseLead: '由读板人以外的另一人签发；选出要重做的孔。', otherPerson: '您读入了这块板，须由另一人签发。', signature: '签发人签名', repeat: '重做', repeatOf: '重做 {n} 孔', releaseDo: '签发结果', controlsFailed: '对照不合格，整板无效：请重新布板。', controlsHold: '对照合格', ct: 'Ct', verdict: '判定', people: '{n} 人', released: '已签发', notRead: '等待仪器结果', missing: '没有这块板', missingHint: '核对编号，或从检测工作台打开。', sums: '阳性 {positive} · 灰区 {grey} · 阴性 {negative} · 无效 {invalid}', curveless: '无'
  }
}
