import { useState } from 'preact/hooks'
import { app } from '../app'
import { Field, Said, Titled, useApp } from '../parts/parts'
import { isDocument } from '../work/codes'
import { withTime } from '../sync/clock'
import { t } from '../texts'

/** Somebody without a code: by document number, or, without one, added to the roll by name. */
export function Quick() {
  const a = useApp()
  const [document, setDocument] = useState(''), [name, setName] = useState(''), [phone, setPhone] = useState(''), [building, setBuilding] = useState(''), [door, setDoor] = useState('')
  const number = document.trim().toUpperCase()
  const community = a.settings.communities[0]
  const byDocument = (event: Event) => { event.preventDefault(); void a.documentScanned(number).then(() => { if (a.said?.signal === 'ok') a.screen = 'sample'; a.changed() }) }
  const byName = (event: Event) => { event.preventDefault(); void addByName(name.trim(), phone.trim(), Number(building), door.trim()) }
  return (
    <Titled title={t('quick.title')} back="sample">
      <form onSubmit={byDocument}>
        <Field id="document" label={t('quick.document')} value={document} set={setDocument} max={18} wrong={number.length === 18 && !isDocument(number) ? t('quick.documentWrong') : undefined} />
        <button type="submit" class="main" id="by-document" disabled={!isDocument(number)}>{t('quick.byDocument')}</button>
      </form>
      <Said />
      {a.can('list_residents') && (
        <form onSubmit={byName}>
          <h2>{t('quick.or')}</h2>
          <p class="hint">{community ? t('quick.listHint') : t('quick.communityMissing')}</p>
          <Field id="name" label={t('quick.name')} value={name} set={setName} max={40} />
          <Field id="phone" label={t('quick.phone')} value={phone} set={setPhone} mode="tel" max={20} />
          <Field id="building" label={t('quick.building')} value={building} set={setBuilding} mode="numeric" max={5} />
          <Field id="door" label={t('quick.door')} value={door} set={setDoor} max={20} />
          <button type="submit" class="main" disabled={!community || !name.trim() || !door.trim() || !(Number(building) > 0)}>{t('quick.list')}</button>
        </form>)}
    </Titled>
  )
}

/** Whoever has no document gets a stand-in number, by which the listing and the tube find him. */
async function addByName(name: string, phone: string, building: number, door: string): Promise<void> {
  if (!app.tube.draft) { app.say('wrong', t('say.noTube')); return }
  const { roll, communities } = app.settings, document = 'NODOC' + app.clock.newKey().slice(12).toUpperCase()
  const result = await app.tube.bind({ key: document, document, name: name.slice(0, 1) + '*' })
  app.tell(result, { key: document, name })
  if (result.kind !== 'bound') return
  // The tube is sealed after this, so the listing goes before it in the row.
  await app.outbox.add('list_residents', withTime({ roll, area: communities[0], households: [{ building, door, residents: [{ name, document, ...(phone && { phone }), category: 'floating' }] }] }, app.clock), { note: name.slice(0, 1) + '*' })
  app.screen = 'sample'
  app.changed()
}
