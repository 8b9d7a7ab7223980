// Texts of lists written out, and of messages that wait.
export default {
  csv: { lead: '导出筛选出的全部行，不只是本页', busy: '正在导出…', done: '已导出', rows: '已导出 {n} 行', cut: '行数太多：只导出了前 {n} 行，文件末行也有说明。请缩小筛选范围后再导出其余部分。' },
  messages: {
    title: '待转达消息 · {area}', lead: '没有接入短信网关：由社区干部打电话或上门转达',
    who: '内容只有本人住地的街道（乡镇）能打开，每次打开都有记录；指挥部只看到有多少、等了多久。',
    state: '状态', purpose: '用途', name: '姓名', phone: '电话', place: '住地', age: '已等', left: '有效期', leftOf: '还有 {span}', over: '已过期', toldBy: '转达人',
    count: '{n} 条待转达，最早的已等 {span}', open: '打开', told: '已转达', tell: '标为已转达', telling: '已标为已转达', text: '验证码', copyLead: '只告诉本人；转达后请标记，之后不再显示。',
    gone: '已转达或已过期的内容不再显示。过期的请本人在查询页重新获取。', close: '关闭',
    empty: '{area}没有这样的消息', emptyHint: '有人在查询页用证件号获取验证码时，消息会列在这里。'
  },
  messageState: { waiting: '待转达', told: '已转达', expired: '已过期', all: '全部' },
  messagePurpose: { result_code: '查询结果的验证码' }
}
