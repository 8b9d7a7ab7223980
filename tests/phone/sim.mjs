// node sim.mjs CORE.mjs [--seeds N] [--first N] [--show]: the seeds, then the control runs that must go wrong.
import { pathToFileURL } from 'node:url'
import { simulate } from './simulate.mjs'

const value = (name, otherwise) => { const at = process.argv.indexOf('--' + name); return at > 0 ? Number(process.argv[at + 1]) : otherwise }
const core = await import(pathToFileURL(process.argv[2]).href)
const seeds = value('seeds', 200), first = value('first', 1)
let failed = 0
const sum = { events: 0, restores: 0, told: 0, sampled: 0 }

async function runs(options, count = seeds) {
  const bad = []
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(core, seed, { realBundles: seed % 20 === 0, ...options })
    if (result.wrong.length) bad.push({ seed, wrong: result.wrong })
    if (!options.control) for (const name of Object.keys(sum)) sum[name] += result[name]
  }
  return bad
}
function say(good, name, detail) {
  if (!good) failed++
  console.log(`${good ? 'ok' : 'FAIL'} ${name}`)
  if (detail) console.log('    ' + detail)
}

const began = Date.now()
const bad = await runs({})
say(bad.length === 0, `${seeds} seeds: nothing lost, nothing twice, all replicas equal`, bad.slice(0, 5).map((b) => `seed ${b.seed}: ${b.wrong.slice(0, 4).join('; ')}`).join('\n    '))
console.log(`    ${sum.events} events, ${sum.restores} restores, ${sum.sampled} people, ${sum.told} refusals shown to a person, ${Date.now() - began} ms`)
say(sum.restores > seeds / 4 && sum.told > 0 && sum.sampled > seeds * 20, 'the weather was bad enough to mean something')
const once = await simulate(core, first, {}), again = await simulate(core, first, {})
say(once.end === again.end && once.events === again.events, 'a seed is one run')

// Controls: each takes one promise away, and then the comparison must find what is missing.
const some = Math.min(seeds, 40)
const deaf = await runs({ control: true, server: { alone: true }, network: (line, phone) => ({ ...line, command: (...all) => { line.command(...all).catch(() => undefined); return Promise.resolve({ status: 200, header: (name) => ({ 'X-Bihuan-Epoch': String(Math.max(phone.outbox.epoch, 0)), 'X-Bihuan-Copied-Through': '0' })[name] ?? null, body: { position: 1 } }) } }) }, some)
say(deaf.length > some / 2, `control: with receipts ignored ${deaf.length} of ${some} seeds go wrong`)
const lying = await runs({ control: true, server: { lyingCopy: true } }, some)
say(lying.length > 0, `control: when records are dropped before a copy has them, ${lying.length} of ${some} seeds go wrong`)
const twice = await runs({ control: true, server: { keysIgnored: true } }, some)
say(twice.length > 0, `control: when the server ignores keys, ${twice.length} of ${some} seeds go wrong`)
process.exitCode = failed ? 1 : 0
