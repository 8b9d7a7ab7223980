import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import en from '../src/i18n/en'
import zh from '../src/i18n/zh'

type Tree = { [key: string]: string | Tree }
function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(value, prefix + key + '.')) found.set(inner, text)
  }
  return found
}
const chinese = flat(zh as Tree), english = flat(en as Tree)
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join()

describe('texts', () => {
  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })
  it('are never empty and take the same values', () => {
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('')
      expect(english.get(key)?.trim(), key).not.toBe('')
      expect(placeholders(english.get(key) ?? ''), key).toBe(placeholders(text))
    }
  })
  it('exist for every key that the source names', () => {
    const missing: string[] = []
    const walk = (folder: URL) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) { walk(new URL(entry.name + '/', folder)); continue }
        if (!/\.(vue|ts)$/.test(entry.name) || folder.pathname.endsWith('/i18n/')) continue
        const source = readFileSync(new URL(entry.name, folder), 'utf8')
        for (const match of source.matchAll(/\bt\('([\w.-]+)'[,)]/g)) if (!chinese.has(match[1] as string)) missing.push(`${entry.name}: ${match[1]}`)
      }
    }
    walk(new URL('../src/', import.meta.url))
    expect(missing).toEqual([])
  })
})
