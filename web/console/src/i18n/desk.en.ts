// Texts of lists written out, and of messages that wait.
export default {
  csv: { lead: 'All rows of the filters, not only this page', busy: 'Writing…', done: 'Written', rows: '{n} rows written', cut: 'Too many rows: only the first {n} were written, as the last line of the file says. Narrow the filters and write out the rest.' },
  messages: {
    title: 'Messages to pass on · {area}', lead: 'No gateway for text messages is connected: community officers call or knock',
    who: 'What a message says is opened only by the subdistrict where the person lives, and every look is logged; headquarters see how many wait, and how long.',
    state: 'State', purpose: 'Purpose', name: 'Name', phone: 'Telephone', place: 'Lives in', age: 'Waiting for', left: 'Valid', leftOf: '{span} left', over: 'expired', toldBy: 'Told by',
    count: '{n} waiting, the oldest for {span}', open: 'Open', told: 'Told', tell: 'Mark as told', telling: 'Marked as told', text: 'Code', copyLead: 'Tell nobody but the person; mark it then, and it is not shown again.',
    gone: 'What was told or has expired is not shown again. After expiry the person asks for a new code on the result page.', close: 'Close',
    empty: 'No such message in {area}', emptyHint: 'When somebody asks for a code by document number on the result page, the message appears here.'
  },
  messageState: { waiting: 'Waiting', told: 'Told', expired: 'Expired', all: 'All' },
  messagePurpose: { result_code: 'Code for the result' }
}
